package io.infrafabric.governor.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.governor.v1.DatedTokenPrice;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prices are dated, and costs are exact. */
class TokenPricesTest {
  private static final TokenPrices PRICES = TokenPrices.parse(List.of("sonnet@2025-01-01=3/15", "sonnet@2025-07-01=4/20", "haiku@2025-01-01=0.25/1.25"));

  @ParameterizedTest
  @CsvSource({
    "sonnet, 2024-12-31T23:59:59.999Z, ",
    "sonnet, 2025-01-01T00:00:00Z,     3000000",
    "sonnet, 2025-06-30T23:59:59.999Z, 3000000",
    "sonnet, 2025-07-01T00:00:00Z,     4000000",
    "sonnet, 2030-01-01T00:00:00Z,     4000000",
    "haiku,  2025-07-01T00:00:00Z,     250000",
    "opus,   2025-07-01T00:00:00Z,     ",
  })
  void price_isTheLastThatWasValidThen(String model, String at, Long input) {
    assertThat(PRICES.of(model, Instant.parse(at)).map(DatedTokenPrice::getInputPerMillionMicros).orElse(null)).isEqualTo(input);
  }

  /** $0.25 and $3 a million tokens read, as the seeds have them. */
  @ParameterizedTest
  @CsvSource({
    "haiku,  1000000, 0,       250000",
    "sonnet, 1000000, 0,       3000000",
    "sonnet, 0,       1000000, 15000000",
    "sonnet, 1000,    500,     10500",
    "haiku,  4,       0,       1",
    "haiku,  1,       0,       1",
    "haiku,  5,       0,       2",
    // Together they are 1.5 micro-dollars: rounded up once, and not each for itself.
    "haiku,  1,       1,       2",
    "haiku,  3,       1,       2",
    "haiku,  0,       0,       0",
  })
  void cost_isExactAndRoundedUpOnce(String model, long input, long output, long micros) {
    DatedTokenPrice price = PRICES.of(model, Instant.parse("2025-03-01T00:00:00Z")).orElseThrow();
    assertThat(TokenCostRules.costMicros(price, input, output)).isEqualTo(micros);
  }

  @Test
  void anyCost_isAtLeastTheExactOneAndLessThanAMicroDollarMore() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      DatedTokenPrice price =
          DatedTokenPrice.newBuilder().setInputPerMillionMicros(random.nextLong(100_000_000)).setOutputPerMillionMicros(random.nextLong(100_000_000)).build();
      long input = random.nextLong(1_000_000_000);
      long output = random.nextLong(1_000_000_000);
      BigInteger exact =
          BigInteger.valueOf(input).multiply(BigInteger.valueOf(price.getInputPerMillionMicros())).add(BigInteger.valueOf(output).multiply(BigInteger.valueOf(price.getOutputPerMillionMicros())));
      BigInteger over = BigInteger.valueOf(TokenCostRules.costMicros(price, input, output)).multiply(BigInteger.valueOf(1_000_000)).subtract(exact);
      assertThat(over).as("seed %d", seed).isBetween(BigInteger.ZERO, BigInteger.valueOf(999_999));
    }
  }

  @Test
  void costBeyondALong_isTheLargestLong_whichNobodyBooks() {
    DatedTokenPrice price = DatedTokenPrice.newBuilder().setInputPerMillionMicros(1_000_000_000_000_000L).build();
    assertThat(TokenCostRules.costMicros(price, 1_000_000_000_000_000L, 0)).isEqualTo(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sonnet=3/15", "sonnet@2025-01-01=3", "sonnet@2025-02-30=3/15", "sonnet@2025-01-01=-3/15", "sonnet@2025-01-01=3/1e3", "@2025-01-01=3/15", "", "sonnet@2025-01-01=0.0000001/1"})
  void malformedPrice_isRefusedWithAnExample(String line) {
    assertThatThrownBy(() -> TokenPrices.parse(List.of(line))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("sonnet@2025-01-01=3/15");
  }

  @Test
  void twoPricesForOneDay_areRefused() {
    assertThatThrownBy(() -> TokenPrices.parse(List.of("a@2025-01-01=1/1", "a@2025-01-01=2/2"))).hasMessageContaining("two token prices of a");
    assertThatThrownBy(() -> TokenPrices.parse(List.of("a@2025-01-01=999999999999/1"))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void list_isByModelAndDay() {
    assertThat(PRICES.list("")).extracting(DatedTokenPrice::getModel).containsExactly("haiku", "sonnet", "sonnet");
    assertThat(PRICES.list("sonnet")).extracting(DatedTokenPrice::getOutputPerMillionMicros).containsExactly(15_000_000L, 20_000_000L);
    assertThat(TokenPrices.defaults().list("")).extracting(DatedTokenPrice::getModel).containsExactly("haiku", "opus", "sonnet");
  }
}
