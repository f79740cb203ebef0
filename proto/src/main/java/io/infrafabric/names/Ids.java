package io.infrafabric.names;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.security.SecureRandom;

/** The grammar of ids, and how they are made. */
public final class Ids {
  private static final char[] CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** True when the text is lower-case letters, digits and inner hyphens, 1 to 63 of them. */
  public static boolean isId(String text) {
    return text != null
        && !text.isEmpty()
        && text.length() <= 63
        && isToken(text, 0, text.length())
        && text.charAt(0) != '-'
        && text.charAt(text.length() - 1) != '-';
  }

  /** True when the text can be a request id: 1 to 128 letters, digits, dots, colons, underscores and hyphens. */
  public static boolean isRequestId(String text) {
    if (text == null || text.isEmpty() || text.length() > 128) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isTokenLetter(c) && !(c >= 'A' && c <= 'Z') && c != '.' && c != '_' && c != ':') {
        return false;
      }
    }
    return true;
  }

  /** Whether a stretch of a text is lower-case letters, digits and hyphens. By hand: every key and subject is checked, many a call. */
  static boolean isToken(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isTokenLetter(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTokenLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  }

  /**
   * Returns the text.
   *
   * @throws io.infrafabric.error.RefusedException INVALID_ID when it is no id
   */
  public static String require(String field, String text) {
    if (!isId(text)) {
      throw invalid(field, text).asException();
    }
    return text;
  }

  /** The refusal of a malformed id; the text is shown escaped and cut. */
  public static Refusal invalid(String field, String text) {
    String shown = text == null || text.isEmpty() ? "nothing" : "\"" + printable(text) + "\"";
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ID, "%s: %s is not an id".formatted(field, shown))
        .withField(field, "an id is lower-case letters, digits and inner hyphens, 1 to 63 characters");
  }

  /** A new id: a ULID in lower case (48 bits of Unix milliseconds, 80 random bits; ulid/spec). */
  public static String ulid(long unixMillis) {
    byte[] random = new byte[10];
    RANDOM.nextBytes(random);
    char[] out = new char[26];
    long time = unixMillis;
    for (int i = 9; i >= 0; i--) {
      out[i] = CROCKFORD[(int) (time & 31)];
      time >>>= 5;
    }
    int bits = 0;
    int buffer = 0;
    int at = 10;
    for (byte b : random) {
      buffer = (buffer << 8) | (b & 0xff);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out[at++] = CROCKFORD[(buffer >>> bits) & 31];
      }
      buffer &= (1 << bits) - 1;
    }
    return new String(out);
  }

  /** A secret of 128 random bits, 32 hex digits. */
  public static String secret() {
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    return java.util.HexFormat.of().formatHex(random);
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length() && i < 80; i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c > 0x7e) {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return text.length() > 80 ? out + "..." : out.toString();
  }
}
