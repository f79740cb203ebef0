package io.infrafabric.governor.policy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ListViolationsRequest;
import io.infrafabric.governor.v1.ListViolationsResponse;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.ViolationType;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import io.infrafabric.names.Subjects;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Answers what went against the policy, from the stream of violations. */
final class ViolationLog {
  private static final JsonFormat.Parser JSON = JsonFormat.parser().ignoringUnknownFields();

  /** Messages looked at for one page. */
  private static final int LOOKS = 5_000;

  private static final Duration LATE = Duration.ofMinutes(1);

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Bus bus;

  ViolationLog(Bus bus) {
    this.bus = bus;
  }

  /** A page, newest first; may block. */
  ListViolationsResponse list(ListViolationsRequest request) {
    long before = place(request.getPageToken());
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : (int) Math.min(Integer.toUnsignedLong(request.getPageSize()), Limits.PAGE_SIZE);
    Instant from = request.hasFrom() ? Times.toInstant(request.getFrom()) : Instant.MIN;
    ListViolationsResponse.Builder page = ListViolationsResponse.newBuilder();
    long[] last = {0};
    LogWalk walk = new LogWalk(bus.log(Subjects.VIOLATIONS_STREAM), PATIENCE, System::nanoTime);
    long left =
        walk.back(
            before,
            LOOKS,
            message -> {
              Optional<PolicyViolation> read = read(message);
              read.filter(violation -> matches(violation, request, from)).ifPresent(page::addViolations);
              last[0] = page.getViolationsCount() == size ? message.sequence() : 0;
              return last[0] == 0 && read.filter(violation -> isPast(violation, request)).isEmpty();
            });
    long next = Math.max(left, last[0]);
    return next > 1 ? page.setNextPageToken(String.valueOf(next)).build() : page.build();
  }

  private static long place(String token) {
    if (token.isEmpty()) {
      return 0;
    }
    if (!token.matches("[1-9][0-9]{0,17}")) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "page_token is not one that this method answered: begin without one")
          .withField("page_token", "the next_page_token of the page before, or nothing")
          .asException();
    }
    return Long.parseLong(token);
  }

  private static boolean matches(PolicyViolation violation, ListViolationsRequest request, Instant from) {
    Instant at = Times.toInstant(violation.getAt());
    return (request.getType() == ViolationType.VIOLATION_TYPE_UNSPECIFIED || request.getType() == violation.getType())
        && (request.getSwarmId().isEmpty() || request.getSwarmId().equals(violation.getSwarmId()))
        && (request.getTaskId().isEmpty() || request.getTaskId().equals(violation.getTaskId()))
        && !at.isBefore(from)
        && (!request.hasTo() || at.isBefore(Times.toInstant(request.getTo())));
  }

  /** Whether all before it are older than what is asked for: one is sent at most some seconds after it happened. */
  private static boolean isPast(PolicyViolation violation, ListViolationsRequest request) {
    return request.hasFrom() && Times.toInstant(violation.getAt()).isBefore(Times.toInstant(request.getFrom()).minus(LATE));
  }

  private static Optional<PolicyViolation> read(BusMessage message) {
    PolicyViolation.Builder violation = PolicyViolation.newBuilder();
    try {
      JSON.merge(new String(message.body(), StandardCharsets.UTF_8), violation);
      return Optional.of(violation.build());
    } catch (InvalidProtocolBufferException foreign) {
      return Optional.empty();
    }
  }
}
