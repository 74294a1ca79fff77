// Makes dist/millrace-<version>-bin.tar.gz, laid out as Flume's binary tarball is: one top folder with bin, conf, docs, lib
// and, in node_modules, the production dependencies, so that it runs after untarring with Node alone. Regular files and
// folders only, because tools that stage such tarballs do not unpack symbolic links.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = resolve(fileURLToPath(new URL('..', import.meta.url)))
const { name, version, files } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
const top = `${name}-${version}-bin`
const stage = join(home, 'dist', top)

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
execFileSync(npm, ['run', 'build'], { cwd: home, stdio: 'inherit' })
rmSync(join(home, 'dist'), { recursive: true, force: true })
mkdirSync(stage, { recursive: true })
for (const part of ['package.json', ...files]) cpSync(join(home, part), join(stage, part), { recursive: true })

const listed = execFileSync(npm, ['ls', '--omit=dev', '--all', '--parseable'], { cwd: home, encoding: 'utf8' })
for (const folder of listed.split('\n').filter((line) => line.includes('node_modules'))) {
  cpSync(folder, join(stage, relative(home, folder)), {
    recursive: true,
    filter: (path) => !path.slice(folder.length).includes('node_modules'),
  })
}

const archive = join(home, 'dist', `${top}.tar.gz`)
execFileSync('tar', ['-czf', archive, '-C', join(home, 'dist'), top])
process.stdout.write(`${archive}\n`)
