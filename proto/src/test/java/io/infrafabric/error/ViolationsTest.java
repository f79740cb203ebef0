package io.infrafabric.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import org.junit.jupiter.api.Test;

class ViolationsTest {
  @Test
  void nothingWrong_isNoRefusal() {
    assertThat(new Violations().check(true, ErrorCode.ERROR_CODE_INVALID_ID, "a", "b").refusal("no")).isEmpty();
  }

  @Test
  void oneKind_keepsItsCode_andSeveralAreInvalidArgument() {
    Violations wrong = new Violations().add(ErrorCode.ERROR_CODE_INVALID_MONEY, "a", "too much");
    assertThat(wrong.refusal("no").orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    wrong.add(ErrorCode.ERROR_CODE_INVALID_ID, "b", "no id");
    Refusal refusal = wrong.refusal("no").orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly("a", "b");
    assertThat(refusal.message()).isEqualTo("no: a: too much; b: no id");
  }

  @Test
  void names_findsAFieldAndItsParts_butNoOther() {
    Violations wrong = new Violations().add(ErrorCode.ERROR_CODE_INVALID_ID, "a.b[1].c", "no id");
    assertThat(wrong.names("a.b[1].c")).isTrue();
    assertThat(wrong.names("a.b[1]")).isTrue();
    assertThat(wrong.names("a.b")).isTrue();
    assertThat(wrong.names("a")).isTrue();
    assertThat(wrong.names("a.b[1].cc")).isFalse();
    assertThat(wrong.names("a.")).isFalse();
    assertThat(wrong.names("b")).isFalse();
  }

  @Test
  void manyWrongFields_areCountedBeyondTwenty() {
    Violations wrong = new Violations();
    for (int i = 0; i < 100_000; i++) {
      wrong.add(ErrorCode.ERROR_CODE_INVALID_ID, "field[" + i + "]", "no id");
    }
    Refusal refusal = wrong.refusal("no").orElseThrow();
    assertThat(refusal.fields()).hasSize(Violations.MOST);
    assertThat(refusal.message()).endsWith("; and 99980 more");
  }
}
