package io.infrafabric.chassis.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.infrafabric.chassis.contract.ContractRules.Ruling;
import io.infrafabric.chassis.sandbox.ExecutionLimits;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.chassis.v1.Limits;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContractRulesTest {
  private static final String SHA = "ab".repeat(32);
  private static final Contract VALID =
      Contract.newBuilder().setSwarmId("census").setVersion(1).addCapabilities("code:census").build();

  @Test
  void validate_passesTheLeastContract() {
    assertThat(ContractRules.validate(VALID)).isEmpty();
    assertThat(ContractRules.limits(VALID)).isEqualTo(ExecutionLimits.DEFAULT);
  }

  @Test
  void validate_namesEveryWrongFieldAtOnce() {
    Contract wrong =
        Contract.newBuilder()
            .setSwarmId("Not.An.Id")
            .addCapabilities("census")
            .setModuleSha256("abc")
            .setMaxConcurrent(65)
            .setCostPerCpuSecondMicros(-1)
            .setLimits(
                Limits.newBuilder()
                    .setMemoryBytes(3L << 30)
                    .setCpuTime(com.google.protobuf.Duration.newBuilder().setSeconds(-1))
                    .setResultBytes(-5))
            .addAllowedHosts("UPPER.example")
            .addAllowedSecrets("../etc")
            .build();
    Refusal refusal = ContractRules.validate(wrong).orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields())
        .extracting(Refusal.Field::path)
        .containsExactly(
            "contract.swarm_id",
            "contract.capabilities[0]",
            "contract.module_sha256",
            "contract.max_concurrent",
            "contract.cost_per_cpu_second_micros",
            "contract.limits.memory_bytes",
            "contract.limits.result_bytes",
            "contract.limits.cpu_time",
            "contract.allowed_hosts[0]",
            "contract.allowed_secrets[0]");
  }

  @Test
  void validate_keepsTheCodeOfOneKindOfProblem() {
    Contract wrong = VALID.toBuilder().addCapabilities("x").addCapabilities("y").build();
    assertThat(ContractRules.validate(wrong).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_CAPABILITY);
  }

  @Test
  void normalize_writesDefaultsOut() {
    Contract kept = ContractRules.normalize(VALID.toBuilder().addCapabilities("code:census").setVersion(0).build(), SHA);
    assertThat(kept.getCapabilitiesList()).containsExactly("code:census");
    assertThat(kept.getVersion()).isEqualTo(1);
    assertThat(kept.getMaxConcurrent()).isEqualTo(1);
    assertThat(kept.getLimits().getMemoryBytes()).isEqualTo(256 << 20);
    assertThat(kept.getLimits().getWallClock().getSeconds()).isEqualTo(300);
    assertThat(ContractRules.normalize(kept, SHA)).isEqualTo(kept);
    assertThat(ContractRules.limits(kept).cpuTime()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void load_answersTheSameRequestAgain() {
    ContractRecord known = written(ContractRules.load(Optional.empty(), VALID, "r1", at(1)));
    assertThat(ContractRules.load(Optional.of(known), VALID, "r1", at(2))).isEqualTo(new Ruling.Keep(known));
    assertThat(ContractRules.load(Optional.of(known), VALID, "r2", at(2))).isEqualTo(new Ruling.Keep(known));
  }

  @Test
  void load_refusesOtherContentUnderTheSameRequestOrVersion() {
    ContractRecord known = written(ContractRules.load(Optional.empty(), VALID, "r1", at(1)));
    Contract other = VALID.toBuilder().setMaxConcurrent(2).build();
    assertThat(refused(ContractRules.load(Optional.of(known), other, "r1", at(2))))
        .isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(refused(ContractRules.load(Optional.of(known), other, "r2", at(2))))
        .isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    Contract next = other.toBuilder().setVersion(2).build();
    assertThat(written(ContractRules.load(Optional.of(known), next, "r2", at(2))).getContract()).isEqualTo(next);
  }

  @Test
  void digest_mustBeThatOfTheModule() {
    assertThat(ContractRules.digest(VALID, SHA)).isEmpty();
    Contract named = VALID.toBuilder().setModuleSha256(SHA).build();
    assertThat(ContractRules.digest(named, SHA)).isEmpty();
    assertThat(ContractRules.digest(named, "cd".repeat(32)).orElseThrow().fields().getFirst().path())
        .isEqualTo("contract.module_sha256");
  }

  @Test
  void registered_namesWhatIsMissing() {
    assertThat(ContractRules.registered(VALID, List.of("code:census", "code:review"))).isEmpty();
    assertThat(ContractRules.registered(VALID, List.of("code:review")).orElseThrow().metadata())
        .containsEntry("missing", "code:census");
  }

  private static Timestamp at(long second) {
    return Timestamp.newBuilder().setSeconds(second).build();
  }

  private static ContractRecord written(Ruling ruling) {
    return ((Ruling.Write) ruling).next();
  }

  private static ErrorCode refused(Ruling ruling) {
    return ((Ruling.Refuse) ruling).refusal().code();
  }
}
