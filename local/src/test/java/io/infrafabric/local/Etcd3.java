package io.infrafabric.local;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/** The two calls of etcd's JSON gateway that the tests need. */
record Etcd3(String endpoint) {
  void put(String key, String value) throws IOException, InterruptedException {
    call("put", "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value)));
  }

  /** Returns the raw answer, which holds the value in base64. */
  String get(String key) throws IOException, InterruptedException {
    return call("range", "{\"key\":\"%s\"}".formatted(base64(key)));
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private String call(String method, String body) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create(endpoint + "/v3/kv/" + method))
              .timeout(Duration.ofSeconds(10))
              .POST(BodyPublishers.ofString(body))
              .build();
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }
}
