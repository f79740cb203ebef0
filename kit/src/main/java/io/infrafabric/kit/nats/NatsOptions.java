package io.infrafabric.kit.nats;

import io.nats.client.Options;
import java.time.Duration;

/**
 * The options of a connection: reconnects for ever, keeps little while it is away, notices a dead server within half a minute, and
 * says at once when nobody listens; the defaults of jnats do none of it.
 */
final class NatsOptions {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration PING = Duration.ofSeconds(15);
  private static final int UNANSWERED_PINGS = 2;
  private static final int OUTGOING_MESSAGES = 65_536;
  private static final Duration OUTGOING_WAIT = Duration.ofSeconds(2);

  private NatsOptions() {}

  static Options of(NatsSettings settings, String name, NatsEvents events) {
    Options.Builder options =
        new Options.Builder()
            .servers(settings.url().toArray(String[]::new))
            .connectionName(name)
            .inboxPrefix(settings.inboxPrefix())
            .connectionTimeout(CONNECT)
            .maxReconnects(-1)
            .reconnectWait(settings.reconnectWait())
            .reconnectJitter(settings.reconnectWait().dividedBy(4))
            .reconnectBufferSize(settings.reconnectBufferBytes())
            .pingInterval(PING)
            .maxPingsOut(UNANSWERED_PINGS)
            .maxMessagesInOutgoingQueue(OUTGOING_MESSAGES)
            .writeQueuePushTimeout(OUTGOING_WAIT)
            .strictSubjectValidation()
            .reportNoResponders()
            .useTimeoutException()
            .errorListener(events)
            .connectionListener(events);
    settings.user().ifPresent(user -> options.userInfo(user.toCharArray(), settings.password().orElse("").toCharArray()));
    settings.credentials().ifPresent(file -> options.credentialPath(file.toString()));
    return options.build();
  }
}
