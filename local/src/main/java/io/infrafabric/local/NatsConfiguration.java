package io.infrafabric.local;

/**
 * The configuration file of a NATS server; {@code deploy/nats/nats.conf} is the same text for the
 * containers (a test compares them).
 *
 * @param listen host and port for clients
 * @param monitor host and port of the monitoring pages
 * @param store the folder of the streams
 * @param syncAlways whether every write is synced before it is acknowledged; nats-server before
 *     2.10 does not know the setting
 */
record NatsConfiguration(String listen, String monitor, String store, boolean syncAlways) {
  /** Returns the text of the file. */
  String text() {
    return """
    listen: "%s"
    http: "%s"
    max_payload: 1MB
    write_deadline: "5s"
    ping_interval: "20s"
    ping_max: 2
    jetstream {
      store_dir: "%s"
      max_memory_store: 256MB
      max_file_store: 8GB
    %s}
    """
        .formatted(listen, monitor, store, syncAlways ? "  sync_interval: always\n" : "");
  }
}
