// The types of Apache Flume 1.11 (and of its last releases before) that a user may well bring along, by their short names
// or the last part of their class names: one that is not part of this version is told apart from a mistyped one.
import type { Kind } from '../kinds.ts'

const FLUME_TYPES: Readonly<Record<Kind, readonly string[]>> = {
  source: [
    'syslogtcp',
    'multiport_syslogtcp',
    'MultiportSyslogTCPSource',
    'syslogudp',
    'thrift',
    'jms',
    'taildir',
    'netcatudp',
    'StressSource',
    'KafkaSource',
    'TwitterSource',
    'ScribeSource',
    'AvroLegacySource',
    'ThriftLegacySource',
    'SyslogTcpSource',
    'SyslogUDPSource',
  ],
  channel: ['file', 'jdbc', 'spillablememory', 'FileChannel', 'JdbcChannel', 'SpillableMemoryChannel', 'KafkaChannel'],
  sink: [
    'hdfs',
    'irc',
    'thrift',
    'elasticsearch',
    'hbase',
    'asynchbase',
    'hbase2',
    'morphline_solr',
    'hive',
    'HDFSEventSink',
    'KafkaSink',
    'KuduSink',
    'ElasticSearchSink',
    'HiveSink',
    'HBaseSink',
    'HBase2Sink',
    'AsyncHBaseSink',
    'DatasetSink',
    'IRCSink',
    'ThriftSink',
    'MorphlineSolrSink',
    'SparkSink',
  ],
  interceptor: [
    'host',
    'regex_filter',
    'regex_extractor',
    'remove_header',
    'search_replace',
    'HostInterceptor',
    'RegexFilteringInterceptor',
    'RegexExtractorInterceptor',
    'RemoveHeaderInterceptor',
    'SearchAndReplaceInterceptor',
    'UUIDInterceptor',
    'MorphlineInterceptor',
  ],
  selector: ['multiplexing', 'load_balancing', 'MultiplexingChannelSelector', 'LoadBalancingChannelSelector'],
  processor: ['failover', 'load_balance', 'FailoverSinkProcessor', 'LoadBalancingSinkProcessor'],
  serializer: ['AvroEventSerializer'],
  deserializer: [],
}

/** Whether Flume has this type: an alias in any letter case, or a class of that name in one of its packages. */
export function isFlumeType(kind: Kind, type: string): boolean {
  const last = type.replace(/\$Builder$/, '').replace(/^org\.apache\.(flume|spark)\..*\./, '')
  return FLUME_TYPES[kind].some((known) => known.toLowerCase() === last.toLowerCase())
}
