package io.infrafabric.governor.relay;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.governor.books.BooksCheck;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.ManifestRejection;
import io.infrafabric.governor.v1.NobodyQualified;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.RelaySource;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.policy.PolicyRecords;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The governor's facts as messages: bodies are the records as proto3 JSON, ids are made of key and revision.
 *
 * @param clock says when a fact is told
 */
public record Facts(Keys keys, InstantSource clock) {

  /** What the relay publishes by itself: standings, breakers, policies, escalations and the ledger of accounts. */
  public RelaySource source() {
    BooksCheck check = new BooksCheck(keys);
    return new RelaySource(
        "governor",
        List.of(Prefix.of(keys.standings()), Prefix.of(keys.breakers()), Prefix.of(keys.policies()), Prefix.of(keys.escalations()), Prefix.of(keys.ledger())),
        change ->
            switch (change) {
              case Change.Written(Entry entry) -> of(entry, check, false);
              case Change.Deleted deleted -> List.of();
            },
        entry -> of(entry, check, true));
  }

  /** A claim has been booked. */
  public OutboundMessage booked(Settlement settlement) {
    return message("settlement", "booked", settlement.getClaimId(), "settlement/" + settlement.getSwarmId() + "/" + settlement.getClaimId() + ":booked", settlement);
  }

  /** A manifest was refused because of its signature or version. */
  public OutboundMessage rejected(ManifestRejection rejection) {
    String swarm = rejection.getSwarmId();
    String id = "manifest/" + swarm + "/" + Ids.ulid(clock.instant().toEpochMilli()) + ":rejected";
    return message("manifest", "rejected", swarm, id, rejection);
  }

  /** Nobody qualifies for work that is to be handed out. */
  public OutboundMessage nobody(NobodyQualified need) {
    String id = Ids.ulid(clock.instant().toEpochMilli());
    return message("match", "nobody", id, "match/" + id + ":nobody", need);
  }

  /** Little money is left. */
  public OutboundMessage low(Account account) {
    String id = keys.accounts() + account.getAccountId() + ":" + account.getRevision() + ":low";
    return message("account", "low", account.getAccountId(), id, account);
  }

  /**
   * @param reconciled whether what led to this version may not have been told
   */
  private List<OutboundMessage> of(Entry entry, BooksCheck check, boolean reconciled) {
    if (check.fault(entry).isPresent()) {
      return List.of(); // there is nothing that could be told
    }
    String swarm = Keys.idOf(entry.key());
    String id = entry.key() + ":" + entry.modRevision();
    if (entry.key().startsWith(keys.standings())) {
      return List.of(message("standing", "changed", swarm, id, BooksCodec.standing(entry)));
    }
    if (entry.key().startsWith(keys.policies())) {
      return policy(PolicyRecords.record(entry), id);
    }
    if (entry.key().startsWith(keys.escalations())) {
      return RecordShape.read(entry, Escalation.parser())
          .flatMap(escalation -> EscalationWordRules.event(escalation, reconciled).map(event -> escalation(escalation, event, entry)))
          .stream()
          .toList();
    }
    if (entry.key().startsWith(keys.ledger())) {
      return ledger(entry, id);
    }
    return breaker(BooksCodec.breaker(entry), swarm, id);
  }

  /** One message for each thing that happened; none for what the registration writes, which neither opened nor closed. */
  private List<OutboundMessage> breaker(Breaker breaker, String swarm, String id) {
    List<OutboundMessage> messages = new ArrayList<>();
    for (BreakerEvent event : breaker.getEventsList()) {
      String word = event.getType().name().substring("BREAKER_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT).replace('_', '-');
      String ownId = event.getCapability().isEmpty() ? id + ":" + word : id + ":" + event.getCapability() + ":" + word;
      messages.add(message("breaker", word, swarm, ownId, breaker.toBuilder().clearEvents().addEvents(event).build()));
    }
    return messages;
  }

  /** A line is told when it is written first; what is noted on it later is told by another line. */
  private List<OutboundMessage> ledger(Entry entry, String id) {
    if (entry.createRevision() != entry.modRevision()) {
      return List.of();
    }
    return RecordShape.read(entry, LedgerLine.parser())
        .map(line -> message("account", word(line.getOperation()), line.getAccountId(), id, line))
        .stream()
        .toList();
  }

  /** A revision is told when it comes into force or into the shadow; that it is kept, too, is no news. */
  private List<OutboundMessage> policy(PolicyRecord record, String id) {
    boolean moved = record.getLastRevision() == record.getPolicy().getRevision();
    return switch (record.getSlot()) {
      case "current" -> moved ? List.of(message("policy", "applied", String.valueOf(record.getPolicy().getRevision()), id, record.getPolicy())) : List.of();
      case "shadow" -> List.of(message("policy", "shadowed", String.valueOf(record.getPolicy().getRevision()), id, record.getPolicy()));
      default -> List.of();
    };
  }

  private static String word(AccountOperation operation) {
    String name = operation.name();
    return name.startsWith("ACCOUNT_OPERATION_") ? name.substring("ACCOUNT_OPERATION_".length()).toLowerCase(Locale.ROOT) : "changed";
  }

  private OutboundMessage escalation(Escalation record, EscalationEventType event, Entry entry) {
    EscalationId about = new EscalationId(record.getEscalationId());
    Escalation told = record.toBuilder().setRevision(entry.modRevision()).setLastEvent(event).build();
    String subject = Subjects.escalationEvent(event, about);
    String id = entry.key() + ":" + entry.modRevision();
    String type = "infrafabric.escalation.%s.v1".formatted(subject.split("\\.")[4]);
    EventHeaders headers = new EventHeaders(id, type, "/governor", clock.instant(), about.value(), record.getTrace());
    return new OutboundMessage(subject, id, headers.toMap(), json(told));
  }

  private OutboundMessage message(String feature, String event, String about, String id, MessageOrBuilder body) {
    String type = "infrafabric.%s.%s.v1".formatted(feature, event);
    EventHeaders headers = new EventHeaders(id, type, "/governor", clock.instant(), about, TraceContext.getDefaultInstance());
    return new OutboundMessage(Subjects.event(feature, event, about), id, headers.toMap(), json(body));
  }

  private static ByteString json(MessageOrBuilder body) {
    try {
      return ByteString.copyFromUtf8(JsonFormat.printer().omittingInsignificantWhitespace().print(body));
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("a record without JSON", impossible);
    }
  }
}
