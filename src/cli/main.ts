// What bin/flume-ng runs. Only words that old versions of Node understand, so that they can say that they are too old.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Error: millrace needs Node.js 20.19 or newer, but ${process.execPath} is ${process.versions.node}.` +
      ' Put a newer node on the PATH, or set NODE to its full path.\n',
  )
  process.exitCode = 1
} else {
  import('./run.ts').then((cli) => cli.start(process.argv.slice(2)))
}
