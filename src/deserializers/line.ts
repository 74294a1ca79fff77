// Lines of text as events (Flume 1.11, LineDeserializer): split at `\n`, a `\r` stays, an unterminated last line counts.
// A line of more than maxLineLength characters becomes several events, with one warning per file. Different on purpose:
// a line of exactly maxLineLength characters is followed by no empty event, a cut never falls inside a surrogate pair,
// and lines beyond 64 M characters are cut whatever maxLineLength says.
import { open } from 'node:fs/promises'
import { charsetOf } from '../charset.ts'
import { ConfigurationError, defineDeserializer, integer, string } from '../component.ts'
import { LineReader } from './line-reader.ts'
import { lineText } from './line-text.ts'

export const lineDeserializer = defineDeserializer({
  type: 'line',
  aliases: ['org.apache.flume.serialization.LineDeserializer$Builder'],
  summary: 'Reads lines of text; each line is an event.',
  options: {
    maxLineLength: integer({
      default: 2048,
      min: 1,
      unit: 'characters',
      doc: 'Longest event; the rest of a longer line becomes further events.',
    }),
    outputCharset: string({ default: 'UTF-8', doc: 'Charset in which event bodies are encoded.' }),
  },
  check({ outputCharset }) {
    if (charsetOf(outputCharset)) return []
    return [{ key: 'outputCharset', message: `${outputCharset} is not a charset that is known here.` }]
  },
  async create({ maxLineLength, outputCharset }, context) {
    const input = charsetOf(context.inputCharset)
    const output = charsetOf(outputCharset)
    if (!input) throw new ConfigurationError(`${context.inputCharset} is not a charset that is known here.`)
    if (!output) throw new ConfigurationError(`${outputCharset} is not a charset that is known here.`)
    const longest = context.maxLineLength ?? maxLineLength
    const file = await open(context.path, 'r')
    try {
      const { size } = await file.stat()
      const text = await lineText({ input, output, policy: context.decodeErrorPolicy, maxLength: longest }, file)
      return new LineReader(file, text, {
        position: context.position,
        expected: size - context.position,
        onCut: () =>
          context.log.warn(`Line length exceeds max (${longest}), truncating line! It is in ${context.path}.`),
      })
    } catch (error) {
      await file.close()
      throw error
    }
  },
})
