// Stands in for the package string-width that yargs lays out its help with. That one compiles Unicode's emoji properties
// when it is loaded, 50 ms of every start, and our help texts are plain letters.
const width = (text) => String(text).length

export { width as default }
