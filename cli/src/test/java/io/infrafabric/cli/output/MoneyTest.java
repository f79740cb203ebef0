package io.infrafabric.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.error.RefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
  @ParameterizedTest
  @CsvSource({"0,0", "0.25,250000", "3,3000000", "0.000001,1", "1000000000,1000000000000000", "007.5,7500000"})
  void parse_isExact(String text, long micros) {
    assertThat(Money.parse(text)).isEqualTo(new Money(micros));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "+1", ".5", "1.", "1e3", "0.0000001", "1,5", "250000u", " 1", "$1", "NaN", "1000000000.000001"})
  void parse_refusesWhatIsNotAnAmount(String text) {
    assertThatThrownBy(() -> Money.parse(text)).isInstanceOf(RefusedException.class).hasMessageContaining("INVALID_MONEY");
  }

  @ParameterizedTest
  @CsvSource({"0,$0.00", "250000,$0.25", "1,$0.000001", "12500000,$12.50", "-2000000,$-2.00"})
  void dollars_haveTwoDecimalsOrMore(long micros, String text) {
    assertThat(Money.dollars(micros)).isEqualTo(text);
  }

  @Test
  void dollars_readBackAsTheSame() {
    assertThat(Money.parse(Money.dollars(123_456_789).substring(1)).micros()).isEqualTo(123_456_789);
  }
}
