package io.infrafabric.scenarios;

import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The fabric as a client sees it that has only NATS and JSON. */
final class NatsDoor implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Connection connection;

  /**
   * What came back.
   *
   * @param error "REASON: message", empty when it was done
   */
  record Answer(String error, String body) {}

  private NatsDoor(Connection connection) {
    this.connection = connection;
  }

  static NatsDoor of(RunningFabric fabric) throws IOException, InterruptedException {
    return new NatsDoor(Nats.connect(fabric.fabric().nats().address()));
  }

  /** Calls a method of a service with a JSON body. */
  Answer call(String service, String method, String json) throws InterruptedException {
    return call(service, method, json, new io.nats.client.impl.Headers());
  }

  /** The same as whom the token names. */
  Answer callAs(String token, String service, String method, String json) throws InterruptedException {
    return call(service, method, json, new io.nats.client.impl.Headers().put("Authorization", "Bearer " + token));
  }

  private Answer call(String service, String method, String json, io.nats.client.impl.Headers headers) throws InterruptedException {
    Message answer = connection.request(Subjects.rpc(service, method), headers, json.getBytes(StandardCharsets.UTF_8), PATIENCE);
    if (answer == null) {
      throw new AssertionError("no answer from " + service + " to " + method);
    }
    String error = answer.hasHeaders() ? answer.getHeaders().getFirst(Headers.SERVICE_ERROR) : null;
    return new Answer(error == null ? "" : error, new String(answer.getData(), StandardCharsets.UTF_8));
  }

  /** What comes on a subject from now on; a live list. */
  List<String> listen(String subject) {
    List<String> heard = new CopyOnWriteArrayList<>();
    Dispatcher dispatcher = connection.createDispatcher(message -> heard.add(new String(message.getData(), StandardCharsets.UTF_8)));
    dispatcher.subscribe(subject);
    return heard;
  }

  @Override
  public void close() throws InterruptedException {
    connection.close();
  }
}
