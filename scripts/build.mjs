// Builds lib/, or the folder that is given: JavaScript with esbuild, types with tsc. One file for each door of the package and shared chunks instead of
// one file per module, because what an agent needs at start is then loaded in a few reads: about 60 ms sooner. Yargs is
// built in for the same reason; the other dependencies are loaded from node_modules when something needs them.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const home = resolve(fileURLToPath(new URL('..', import.meta.url)))
const out = resolve(process.argv[2] ?? join(home, 'lib'))
const doors = ['cli/main', 'index', 'component', 'rpc/index', 'streaming/index']

rmSync(out, { recursive: true, force: true })
await build({
  absWorkingDir: home,
  entryPoints: doors.map((door) => `src/${door}.ts`),
  outbase: 'src',
  outdir: out,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  alias: { 'string-width': join(home, 'scripts/text-width.mjs') },
  external: ['avsc', 'chokidar', 'iconv-lite', 'ini'],
  logLevel: 'warning',
})
const tsc = join(home, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], {
  cwd: home,
  stdio: 'inherit',
})
