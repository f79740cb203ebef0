package io.infrafabric.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;

/**
 * What etcd has counted since it began.
 *
 * @param logSyncs calls of fdatasync for its write-ahead log
 * @param proposals entries of that log: transactions, and leases granted or ended
 * @param databaseBytes of the file
 */
public record EtcdMetrics(long logSyncs, long proposals, long databaseBytes) {
  /** Asks a member. */
  public static EtcdMetrics of(String endpoint) throws IOException, InterruptedException {
    Map<String, Double> values = new HashMap<>();
    try (HttpClient client = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build()) {
      client
          .send(HttpRequest.newBuilder(URI.create(endpoint + "/metrics")).build(), HttpResponse.BodyHandlers.ofLines())
          .body()
          .filter(line -> !line.startsWith("#") && !line.contains("{"))
          .map(line -> line.split(" "))
          .forEach(words -> values.put(words[0], Double.valueOf(words[1])));
    }
    return new EtcdMetrics(
        value(values, "etcd_disk_wal_fsync_duration_seconds_count"),
        value(values, "etcd_server_proposals_committed_total"),
        value(values, "etcd_mvcc_db_total_size_in_bytes"));
  }

  private static long value(Map<String, Double> values, String name) throws IOException {
    Double value = values.get(name);
    if (value == null) {
      throw new IOException("etcd does not tell " + name);
    }
    return value.longValue();
  }

  /** What was counted since an earlier time; the size is that of now. */
  public EtcdMetrics since(EtcdMetrics earlier) {
    return new EtcdMetrics(logSyncs - earlier.logSyncs, proposals - earlier.proposals, databaseBytes);
  }
}
