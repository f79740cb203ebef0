package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.local.EtcdServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Who leads an etcd cluster, by the word of its members. */
final class EtcdLeader {
  private static final Duration ANSWER = Duration.ofSeconds(1);
  private static final Duration ELECTED = Duration.ofSeconds(60);

  private EtcdLeader() {}

  /** Waits until one of the members says that it leads, and answers it. */
  static EtcdServer of(List<EtcdServer> members) {
    return await("a leader").atMost(ELECTED).until(() -> find(members), Optional::isPresent).orElseThrow();
  }

  private static Optional<EtcdServer> find(List<EtcdServer> members) {
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER).build()) {
      return members.stream().filter(member -> leads(http, member)).findFirst();
    }
  }

  private static boolean leads(HttpClient http, EtcdServer member) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(member.address() + "/v3/maintenance/status"))
            .timeout(ANSWER)
            .POST(BodyPublishers.ofString("{}"))
            .build();
    try {
      JsonObject status = JsonParser.parseString(http.send(request, BodyHandlers.ofString()).body()).getAsJsonObject();
      return status.has("leader") && status.get("leader").equals(status.getAsJsonObject("header").get("member_id"));
    } catch (IOException down) {
      return false;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
