package io.infrafabric.governor.relay;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.RelaySource;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import java.util.List;
import java.util.Map;

/** The governor's facts as messages: bodies are the records as proto3 JSON, ids are made of key and revision. */
public record Facts(Keys keys) {

  /** What the relay publishes by itself: standings and breakers. */
  public RelaySource source() {
    return new RelaySource(
        "governor",
        List.of(Prefix.of(keys.standings()), Prefix.of(keys.breakers())),
        change ->
            switch (change) {
              case Change.Written(Entry entry) -> of(entry);
              case Change.Deleted deleted -> List.of();
            },
        this::of);
  }

  /** A claim has been booked. */
  public static OutboundMessage booked(Settlement settlement) {
    String subject = Subjects.event("settlement", "booked", settlement.getClaimId());
    return message(subject, "settlement/" + settlement.getClaimId() + ":booked", settlement);
  }

  /** Little money is left. */
  public OutboundMessage low(Account account) {
    String id = keys.accounts() + account.getAccountId() + ":" + account.getRevision();
    return message(Subjects.event("account", "low", account.getAccountId()), id + ":low", account);
  }

  private List<OutboundMessage> of(Entry entry) {
    String swarm = Keys.idOf(entry.key());
    String id = entry.key() + ":" + entry.modRevision();
    if (entry.key().startsWith(keys.standings())) {
      return List.of(message(Subjects.event("standing", "changed", swarm), id, BooksCodec.standing(entry)));
    }
    if (entry.createRevision() == entry.modRevision()) {
      // Written by the registration: it neither opened nor closed.
      return List.of();
    }
    var breaker = BooksCodec.breaker(entry);
    String event = breaker.getState() == BreakerState.BREAKER_STATE_OPEN ? "opened" : "closed";
    return List.of(message(Subjects.event("breaker", event, swarm), id, breaker));
  }

  private static OutboundMessage message(String subject, String id, MessageOrBuilder body) {
    try {
      String json = JsonFormat.printer().omittingInsignificantWhitespace().print(body);
      return new OutboundMessage(subject, id, Map.of(Headers.CONTENT_TYPE, Headers.JSON), ByteString.copyFromUtf8(json));
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("no JSON for " + subject, impossible);
    }
  }
}
