package io.infrafabric.scenarios;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** What etcd itself has counted. */
final class EtcdCounters {
  private EtcdCounters() {}

  /** Transactions that etcd has answered since it started, whoever sent them and however they ended. */
  static long transactions(RunningFabric running) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(running.fabric().etcd().address() + "/metrics")).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      String page = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      return page.lines()
          .filter(line -> line.startsWith("grpc_server_handled_total{") && line.contains("grpc_method=\"Txn\""))
          .mapToLong(line -> Math.round(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))))
          .sum();
    }
  }
}
