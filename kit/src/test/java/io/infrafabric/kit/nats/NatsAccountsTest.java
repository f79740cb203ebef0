package io.infrafabric.kit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of permissions, deploy/nats/accounts.conf, on a real server: a swarm hears and says what is its own. */
class NatsAccountsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Path ACCOUNTS = Path.of("").toAbsolutePath().getParent().resolve("deploy/nats/accounts.conf");

  @TempDir Path folder;
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private RealNats server;
  private Connection fabric;
  private Connection fox;

  @BeforeEach
  void open() throws Exception {
    server = RealNats.in(folder).configured(ACCOUNTS, Map.of("IF_NATS_PASSWORD", "f", "FOX_NATS_PASSWORD", "x", "WATCHER_NATS_PASSWORD", "w")).start();
    fabric = connect("fabric", "f", "_INBOX");
    fox = connect("fox", "x", "_INBOX_fox");
  }

  @AfterEach
  void close() throws Exception {
    fox.close();
    fabric.close();
    server.close();
  }

  private Connection connect(String user, String password, String inbox) throws Exception {
    ErrorListener listener =
        new ErrorListener() {
          @Override
          public void errorOccurred(Connection connection, String error) {
            refused.add(error);
          }
        };
    return Nats.connect(
        new Options.Builder().server(server.url()).userInfo(user, password).inboxPrefix(inbox).errorListener(listener).build());
  }

  @Test
  void aSwarm_hearsItsOwnOffers_andCallsTheServices() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    fox.createDispatcher(message -> heard.add(message.getSubject())).subscribe("if.v1.offer.fox");
    fabric.createDispatcher(message -> fabric.publish(message.getReplyTo(), message.getData())).subscribe("if.v1.rpc.coordinator.*");
    fox.flush(SOON);
    fabric.flush(SOON);
    fabric.publish("if.v1.offer.fox", new byte[0]);
    await().atMost(SOON).until(() -> heard.contains("if.v1.offer.fox"));
    Message answer = fox.request("if.v1.rpc.coordinator.ClaimNext", "hello".getBytes(StandardCharsets.UTF_8), SOON);
    assertThat(new String(answer.getData(), StandardCharsets.UTF_8)).isEqualTo("hello");
    assertThat(refused).isEmpty();
  }

  @Test
  void aSwarm_hearsNobodyElse_andSpeaksForNobodyElse() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    var ears = fox.createDispatcher(message -> heard.add(message.getSubject()));
    for (String others : List.of("if.v1.offer.wolf", "if.v1.offer.*", "if.v1.rpc.>", "if.v1.rpc.coordinator.ClaimNext", "if.v1.swarm.*.heartbeat", "_INBOX.>", "if.v1.>", ">")) {
      refused.clear();
      ears.subscribe(others);
      await().atMost(SOON).untilAsserted(() -> assertThat(refused).as(others).anyMatch(error -> error.contains("Permissions Violation")));
    }
    for (String others : List.of("if.v1.offer.wolf", "if.v1.offer.fox", "if.v1.swarm.wolf.heartbeat", "if.v1.event.task.completed.t", "$JS.API.STREAM.DELETE.IF_OFFERS", "$JS.API.STREAM.MSG.GET.IF_OFFERS", "_INBOX.x")) {
      refused.clear();
      fox.publish(others, new byte[0]);
      await().atMost(SOON).untilAsserted(() -> assertThat(refused).as(others).anyMatch(error -> error.contains("Permissions Violation")));
    }
    fabric.publish("if.v1.offer.wolf", new byte[0]);
    fabric.flush(SOON);
    fox.flush(SOON);
    assertThat(heard).isEmpty();
  }
}
