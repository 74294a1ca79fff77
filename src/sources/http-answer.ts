// The answers of the http source: an empty one when the events are stored, else a small HTML page with the text in title
// and message, where clients of Flume look for it.
import type { ServerResponse } from 'node:http'

export interface Answer {
  readonly status: number
  /** What went wrong; absent when all is well. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

export function send(response: ServerResponse, { status, text, headers }: Answer): void {
  const page = text === undefined ? '' : pageOf(status, text)
  const length = { 'Content-Length': Buffer.byteLength(page) }
  response.writeHead(status, text === undefined ? length : { ...length, ...headers, ...HTML })
  response.end(page)
}

const HTML = { 'Content-Type': 'text/html;charset=utf-8', 'Cache-Control': 'no-store' }

function pageOf(status: number, text: string): string {
  const safe = escapeHtml(text)
  return `<html><head><title>Error ${status} ${safe}</title></head><body><h1>HTTP ERROR ${status}</h1><p>${safe}</p></body></html>\n`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
