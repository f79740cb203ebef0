package io.infrafabric.chassis.contract;

import com.google.protobuf.Timestamp;
import io.infrafabric.chassis.sandbox.ExecutionLimits;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.chassis.v1.Limits;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What a contract must be, and which of two stands. */
public final class ContractRules {
  private static final int CONCURRENT = 64;
  private static final int NAMES = 64;
  private static final long MEMORY_BYTES = 2L << 30;
  private static final long RESULT_BYTES = io.infrafabric.names.Limits.OBJECT_BYTES;
  private static final long LOG_BYTES = 1L << 20;
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern HOST = Pattern.compile("[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?");
  private static final Pattern SECRET = Pattern.compile("[a-z0-9][a-z0-9._/-]{0,127}");

  private ContractRules() {}

  /** What is to be done with a contract when this record is there already. */
  sealed interface Ruling {
    /** Write it. */
    record Write(ContractRecord next) implements Ruling {}

    /** It is there. */
    record Keep(ContractRecord known) implements Ruling {}

    record Refuse(Refusal refusal) implements Ruling {}
  }

  /** Every invalid field of a contract at once, or nothing. */
  public static Optional<Refusal> validate(Contract contract) {
    ContractFindings findings = new ContractFindings();
    check(contract, findings);
    String swarm = Ids.isId(contract.getSwarmId()) ? contract.getSwarmId() : "";
    return findings.refusal("the contract of swarm \"%s\" is not valid".formatted(swarm));
  }

  /** The refusal of a request id that is none. */
  static Optional<Refusal> validateRequestId(String requestId) {
    ContractFindings findings = new ContractFindings();
    findings.require(
        Ids.isRequestId(requestId),
        "request_id",
        "a request id is 1 to 128 letters, digits, dots, colons, underscores and hyphens");
    return findings.refusal("the request");
  }

  /** The contract as it is kept: defaults written out, repeated names counted once. */
  static Contract normalize(Contract contract, String moduleSha256) {
    ExecutionLimits limits = limits(contract);
    return contract.toBuilder()
        .setVersion(Math.max(1, contract.getVersion()))
        .setMaxConcurrent(Math.max(1, contract.getMaxConcurrent()))
        .setModuleSha256(moduleSha256)
        .clearCapabilities()
        .addAllCapabilities(new TreeSet<>(contract.getCapabilitiesList()))
        .setLimits(
            Limits.newBuilder()
                .setMemoryBytes(limits.memoryBytes())
                .setWallClock(Times.toProto(limits.wallClock()))
                .setCpuTime(Times.toProto(limits.cpuTime()))
                .setResultBytes(limits.resultBytes())
                .setLogBytes(limits.logBytes()))
        .build();
  }

  /** The limits of a valid contract, with the defaults of chassis.proto where it names none. */
  public static ExecutionLimits limits(Contract contract) {
    Limits given = contract.getLimits();
    ExecutionLimits none = ExecutionLimits.DEFAULT;
    return new ExecutionLimits(
        given.getMemoryBytes() == 0 ? none.memoryBytes() : given.getMemoryBytes(),
        given.hasWallClock() ? Times.toDuration(given.getWallClock()) : none.wallClock(),
        given.hasCpuTime() ? Times.toDuration(given.getCpuTime()) : none.cpuTime(),
        given.getResultBytes() == 0 ? none.resultBytes() : (int) given.getResultBytes(),
        given.getLogBytes() == 0 ? none.logBytes() : (int) given.getLogBytes());
  }

  /** Decides on a normalized contract: the same request is answered again, a version says one thing, and none goes back. */
  static Ruling load(Optional<ContractRecord> known, Contract contract, String requestId, Timestamp now) {
    ContractRecord next =
        ContractRecord.newBuilder().setContract(contract).setLoadedAt(now).setRequestId(requestId).build();
    if (known.isEmpty()) {
      return new Ruling.Write(next);
    }
    Contract before = known.get().getContract();
    if (before.equals(contract)) {
      return new Ruling.Keep(known.get());
    }
    if (known.get().getRequestId().equals(requestId)) {
      return new Ruling.Refuse(
          about(contract, ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, "the request id was used for another contract"));
    }
    if (Integer.compareUnsigned(contract.getVersion(), before.getVersion()) <= 0) {
      String message = "version %d is loaded with other content: give this contract a higher version";
      return new Ruling.Refuse(
          about(contract, ErrorCode.ERROR_CODE_ALREADY_EXISTS, message.formatted(before.getVersion()))
              .with("version", before.getVersion())
              .with("module_sha256", before.getModuleSha256()));
    }
    return new Ruling.Write(next);
  }

  /** The refusal of a contract whose swarm is not registered for all that it promises. */
  static Optional<Refusal> registered(Contract contract, List<String> capabilities) {
    List<String> missing = contract.getCapabilitiesList().stream().filter(each -> !capabilities.contains(each)).toList();
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        about(contract, ErrorCode.ERROR_CODE_CAPABILITY_MISSING, "it is not registered for " + String.join(", ", missing))
            .with("missing", String.join(",", missing)));
  }

  /** The refusal of bytes that are not the module the contract names. */
  static Optional<Refusal> digest(Contract contract, String sha256) {
    if (contract.getModuleSha256().isEmpty() || contract.getModuleSha256().equals(sha256)) {
      return Optional.empty();
    }
    return Optional.of(
        about(contract, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "the module given has the SHA-256 " + sha256)
            .withField("contract.module_sha256", "the SHA-256 of the module given, or nothing"));
  }

  static Refusal notFound(String swarm) {
    return Refusal.of(ErrorCode.ERROR_CODE_CONTRACT_NOT_FOUND, "swarm %s is not loaded".formatted(swarm)).with("swarm_id", swarm);
  }

  private static Refusal about(Contract contract, ErrorCode code, String message) {
    return Refusal.of(code, "the contract of swarm %s: %s".formatted(contract.getSwarmId(), message))
        .with("swarm_id", contract.getSwarmId());
  }

  private static void check(Contract contract, ContractFindings findings) {
    if (!Ids.isId(contract.getSwarmId())) {
      findings.add(Ids.invalid("contract.swarm_id", contract.getSwarmId()));
    }
    capabilities(contract.getCapabilitiesList(), findings);
    findings.require(
        contract.getModuleSha256().isEmpty() || SHA256.matcher(contract.getModuleSha256()).matches(),
        "contract.module_sha256",
        "64 lower-case hex digits, or nothing");
    findings.require(
        Integer.compareUnsigned(contract.getMaxConcurrent(), CONCURRENT) <= 0,
        "contract.max_concurrent",
        "0 to %d tasks at once".formatted(CONCURRENT));
    if (contract.getCostPerCpuSecondMicros() < 0
        || contract.getCostPerCpuSecondMicros() > io.infrafabric.names.Limits.MONEY_MICROS) {
      findings.add(
          ErrorCode.ERROR_CODE_INVALID_MONEY,
          "contract.cost_per_cpu_second_micros",
          "0 to %d micro-dollars".formatted(io.infrafabric.names.Limits.MONEY_MICROS));
    }
    limits(contract.getLimits(), findings);
    slo(contract, findings);
    names(contract.getAllowedHostsList(), HOST, "contract.allowed_hosts", "a host name in lower case, with or without a port", findings);
    names(contract.getAllowedSecretsList(), SECRET, "contract.allowed_secrets", "a path of [a-z0-9._/-], 1 to 128 of them", findings);
  }

  private static void capabilities(List<String> capabilities, ContractFindings findings) {
    int most = io.infrafabric.names.Limits.CAPABILITIES;
    findings.require(
        !capabilities.isEmpty() && capabilities.size() <= most,
        "contract.capabilities",
        "1 to %d capabilities, not %d".formatted(most, capabilities.size()));
    for (int i = 0; i < Math.min(capabilities.size(), most); i++) {
      if (!Capability.isCapability(capabilities.get(i))) {
        findings.add(Capability.invalid("contract.capabilities[%d]".formatted(i), capabilities.get(i)));
      }
    }
  }

  private static void limits(Limits limits, ContractFindings findings) {
    String at = "contract.limits.";
    bytes(limits.getMemoryBytes(), ExecutionLimits.PAGE_BYTES, MEMORY_BYTES, at + "memory_bytes", findings);
    bytes(limits.getResultBytes(), 1, RESULT_BYTES, at + "result_bytes", findings);
    bytes(limits.getLogBytes(), 1, LOG_BYTES, at + "log_bytes", findings);
    time(limits.hasWallClock(), limits.getWallClock(), at + "wall_clock", findings);
    time(limits.hasCpuTime(), limits.getCpuTime(), at + "cpu_time", findings);
  }

  private static void slo(Contract contract, ContractFindings findings) {
    time(contract.getSlo().hasP99(), contract.getSlo().getP99(), "contract.slo.p99", findings);
    findings.require(
        Integer.compareUnsigned(contract.getSlo().getSuccessMillis(), 1_000) <= 0,
        "contract.slo.success_millis",
        "0 to 1000 thousandths");
  }

  private static void bytes(long value, long least, long most, String path, ContractFindings findings) {
    findings.require(
        value == 0 || (value >= least && value <= most), path, "%d to %d bytes, or 0 for the default".formatted(least, most));
  }

  private static void time(boolean given, com.google.protobuf.Duration value, String path, ContractFindings findings) {
    boolean fits =
        !given
            || (value.getSeconds() >= 0
                && value.getSeconds() <= LONGEST.toSeconds()
                && Times.toDuration(value).compareTo(SHORTEST) >= 0
                && Times.toDuration(value).compareTo(LONGEST) <= 0);
    findings.require(fits, path, "1 ms to 1 h");
  }

  private static void names(List<String> names, Pattern form, String path, String description, ContractFindings findings) {
    findings.require(names.size() <= NAMES, path, "at most %d of them".formatted(NAMES));
    for (int i = 0; i < Math.min(names.size(), NAMES); i++) {
      findings.require(form.matcher(names.get(i)).matches(), "%s[%d]".formatted(path, i), description);
    }
  }
}
