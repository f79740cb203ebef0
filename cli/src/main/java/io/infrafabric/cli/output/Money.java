package io.infrafabric.cli.output;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Limits;
import java.math.BigDecimal;
import java.util.regex.Pattern;

/**
 * An amount of US dollars as people write it, exact to the micro-dollar: {@code 0.25} is 250,000 micros.
 *
 * @param micros in millionths of a dollar, not negative
 */
public record Money(long micros) {
  private static final Pattern FORM = Pattern.compile("\\d{1,10}(\\.\\d{1,6})?");

  /**
   * Reads an amount such as {@code 3} or {@code 0.000125}.
   *
   * @throws io.infrafabric.error.RefusedException INVALID_MONEY for a sign, an exponent, more than six decimals, or more
   *     than the fabric books
   */
  public static Money parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw invalid(text, "write dollars such as 0.25: digits, then at most six decimals");
    }
    long micros = new BigDecimal(text).movePointRight(6).longValueExact();
    if (micros > Limits.MONEY_MICROS) {
      throw invalid(text, "the largest amount is one billion dollars");
    }
    return new Money(micros);
  }

  /** The amount in dollars with at least two decimals: {@code $0.25}. */
  public static String dollars(long micros) {
    BigDecimal dollars = BigDecimal.valueOf(micros, 6).stripTrailingZeros();
    return "$" + (dollars.scale() < 2 ? dollars.setScale(2) : dollars).toPlainString();
  }

  private static RuntimeException invalid(String text, String rule) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_MONEY, "\"%s\" is not an amount: %s".formatted(text, rule)).asException();
  }

  @Override
  public String toString() {
    return dollars(micros);
  }
}
