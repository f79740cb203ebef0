package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.access.Role;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.Tokens;
import io.infrafabric.kit.scrape.MetricsDoor;
import io.infrafabric.kit.scrape.MetricsSettings;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Telemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who scrapes gets the figures, and where tokens are required nobody else does. */
class MetricsDoorTest {
  @TempDir Path folder;
  private final Metrics metrics = Telemetry.none().metrics();
  private final HttpClient http = HttpClient.newHttpClient();
  private Doors doors;
  private MetricsDoor door;

  private void open(AuthSettings auth) {
    doors = Doors.open("test", "test-1", new DoorSettings(auth, RateSettings.defaults(), TlsSettings.none()), new ToldBus(), RefusalListener.NONE, metrics, InstantSource.system());
    door = MetricsDoor.open(new MetricsSettings("127.0.0.1:0"), metrics, doors).orElseThrow();
  }

  @AfterEach
  void close() {
    door.close();
    doors.close();
    http.close();
  }

  private HttpResponse<String> get(String path, Optional<String> token) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port() + path));
    token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void figures_areThoseOfNow() throws Exception {
    open(AuthSettings.off());
    metrics.counter("if.seen", "Seen").add(41);
    metrics.counter("if.seen", "Seen").increment();
    HttpResponse<String> page = get("/metrics", Optional.empty());
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(page.body().lines()).contains("if_seen_total 42");
    assertThat(get("/", Optional.empty()).statusCode()).isEqualTo(404);
    HttpRequest post = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port() + "/metrics")).POST(HttpRequest.BodyPublishers.noBody()).build();
    assertThat(http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  @Test
  void whereTokensAreRequired_onlyThoseWhoMayLookSeeThem() throws Exception {
    Tokens tokens = new Tokens(folder);
    open(AuthSettings.off().required(tokens.trusted()));
    assertThat(get("/metrics", Optional.empty()).statusCode()).isEqualTo(401);
    assertThat(get("/metrics", Optional.of("nonsense")).statusCode()).isEqualTo(401);
    assertThat(get("/metrics", Optional.of(tokens.token("a", Role.SWARM))).statusCode()).isEqualTo(401);
    assertThat(get("/metrics", Optional.of(tokens.token("eve@example.org", Role.READONLY))).statusCode()).isEqualTo(200);
  }
}
