package io.infrafabric.chassis.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ContractTextTest {
  @Test
  void parse_readsTheExample() throws Exception {
    Contract contract = ContractText.parse(Files.readString(Path.of("../deploy/examples/modules/census/contract.yaml")));
    assertThat(ContractRules.validate(contract)).isEmpty();
    assertThat(contract.getSwarmId()).isEqualTo("census");
    assertThat(contract.getLimits().getMemoryBytes()).isEqualTo(64 << 20);
    assertThat(contract.getLimits().getWallClock().getSeconds()).isEqualTo(30);
    assertThat(contract.getSlo().getSuccessMillis()).isEqualTo(990);
  }

  @Test
  void parse_readsJsonAsWell() {
    Contract contract =
        ContractText.parse("{\"swarm_id\": \"a\", \"capabilities\": [\"x:y\"], \"limits\": {\"cpu_time\": \"500ms\"}}");
    assertThat(contract.getLimits().getCpuTime().getNanos()).isEqualTo(500_000_000);
  }

  @Test
  void parse_refusesUnknownKeysWithTheNearest() {
    Refusal refusal = refusal("swarm_id: a\ncapabilites: [x:y]\nlimits: {memory_byte: 1}\nzzzzzzzz: 1\n");
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_UNKNOWN_FIELD);
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly("capabilites", "limits.memory_byte", "zzzzzzzz");
    assertThat(refusal.message()).contains("did you mean capabilities?").contains("did you mean memory_bytes?");
  }

  @Test
  void parse_refusesWhatIsNoQuantity() {
    Refusal refusal = refusal("limits: {wall_clock: soon, memory_bytes: 1TiB, cpu_time: 30}\nmax_concurrent: 99999999999");
    assertThat(refusal.fields())
        .extracting(Refusal.Field::path)
        .containsExactly("limits.wall_clock", "limits.memory_bytes", "limits.cpu_time", "max_concurrent");
  }

  @Test
  void parse_refusesWhatIsNoDocument() {
    assertThat(refusal("just text").fields()).extracting(Refusal.Field::path).containsExactly("document");
    assertThat(refusal("a: [").fields()).extracting(Refusal.Field::path).containsExactly("document");
    assertThatThrownBy(() -> ContractText.parse("x".repeat(70_000))).isInstanceOf(RefusedException.class);
  }

  private static Refusal refusal(String text) {
    try {
      ContractText.parse(text);
    } catch (RefusedException refused) {
      return refused.refusal();
    }
    throw new AssertionError("was not refused");
  }
}
