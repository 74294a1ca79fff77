// The schemas of Flume's events as text, byte for byte what Flume's own files carry.

/** The record of container files (file_roll's avro_event, saved memory channels). */
export const EVENT_SCHEMA =
  '{"type":"record","name":"Event","fields":[{"name":"headers","type":{"type":"map","values":"string"}},{"name":"body","type":"bytes"}]}'
