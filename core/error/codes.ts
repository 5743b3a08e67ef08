/**
 * Every error this system raises on purpose, by its code. One line says what happened; the page
 * docs/errors/<code>.md says what to do. A test wants a page for each code and a code for each page.
 */
export const errorCodes = {
  RD_CONFIG_INVALID: 'The configuration is not valid.',
  RD_NOT_FOUND: 'There is nothing with that name or id.',
  RD_USAGE: 'The command was called with arguments it cannot use.',
  RD_SETUP_MISSING: 'Something the set-up needs is not on this machine and cannot be installed by us.',
  RD_SETUP_FAILED: 'A set-up step failed.',
  RD_STACK_NOT_RUNNING: 'The servers are not running, or do not answer.',
  RD_ALREADY_RUNNING: 'Another process does the same in this folder already.',
  RD_STACK_START_FAILED: 'A server did not become ready.',
  RD_KAFKA_UNAVAILABLE: 'Kafka did not acknowledge.',
  RD_TOPIC_MISMATCH: 'A topic exists with another number of partitions than its declaration.',
  RD_SCHEMA_INCOMPATIBLE: 'The schema registry refused a schema.',
  RD_REGISTRY_UNAVAILABLE: 'The schema registry does not answer.',
  RD_EVENT_UNDECODABLE: 'A record cannot be decoded into an event.',
  RD_EVENT_TOO_LARGE: 'Kafka will never take this record.',
  RD_DECISION_FAILED: 'A processor could not decide on an event.',
  RD_S3_UNAVAILABLE: 'The object store did not take or give an object.',
  RD_S3_CONFLICT: 'An object with that key exists and has other content.',
  RD_S3_CORRUPT: 'An object does not have the hash that its event states.',
  RD_INTAKE_PAUSED: 'There is too little room for what comes in.',
  RD_POSTGRES_UNAVAILABLE: 'Postgres does not answer.',
  RD_PROJECTION_CONFLICT: 'Another projector moved the offsets first.',
  RD_PROJECTION_FAILED: 'An event cannot be projected.',
  RD_PROJECTION_AHEAD: 'The tables have come further than the log reaches.',
  RD_DICOM_UNREADABLE: 'The DICOM data cannot be read.',
  RD_DICOM_MISMATCH: 'The data set is not the instance that the command announced.',
  RD_DICOM_TOO_LARGE: 'The instance is larger than the AE title takes.',
  RD_DICOM_PROTOCOL: 'The peer broke the DICOM upper layer protocol.',
  RD_DICOM_REJECTED: 'The peer refused the association.',
  RD_DICOM_UNREACHABLE: 'The peer could not be reached, or went away.',
  RD_DICOM_REFUSED_INSTANCE: 'The peer did not take the instance.',
  RD_DEIDENTIFICATION_REFUSED: 'The instance cannot be de-identified as its destination wants it.',
  RD_DESTINATION_UNAVAILABLE: 'The destination could not be reached, or did not take what was sent.',
  RD_FLOW_INVALID: 'The flow file is not valid.',
  RD_FLOW_CYCLE: 'The models of the flow depend on each other in a circle.',
  RD_FLOW_PATTERN: 'A trigger expression is not a regular expression we can run.',
  RD_DOCKER_UNAVAILABLE: 'The Docker Engine does not answer.',
  RD_RUN_ENDED: 'The run has ended before.',
  RD_DELIVERY_FINISHED: 'Every instance of the delivery has arrived.',
  RD_MODEL_FAILED: 'The model did not finish.',
  RD_UNEXPECTED: 'Something failed that has no code of its own.',
} as const

/** The name of one error, as `--json`, logs and DICOM error comments carry it. */
export type ErrorCode = keyof typeof errorCodes
