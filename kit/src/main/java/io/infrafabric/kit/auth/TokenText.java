package io.infrafabric.kit.auth;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.infrafabric.access.Role;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A token as text: a JWT in compact form (RFC 7519) of exactly the fields that the fabric has. Whatever else it says, another algorithm,
 * a critical header or a claim that is not known, makes it invalid, so that nothing is believed that nobody has looked at.
 *
 * @param keyId kid, not verified
 * @param claims not verified
 * @param signed what the signature is over
 */
record TokenText(String keyId, TokenClaims claims, byte[] signed, byte[] signature) {
  /** Characters of the longest token that is looked at. */
  static final int MOST_CHARACTERS = 2_048;

  private static final int SIGNATURE_BYTES = 64;
  private static final int MOST_TEXT = 128;
  private static final long LAST_SECOND = 253_402_300_799L; // the end of the year 9999
  private static final Set<String> HEADER = Set.of("alg", "typ", "kid");
  private static final Set<String> CLAIMS = Set.of("sub", "role", "aud", "iat", "exp", "jti");

  /** A token cannot be read; the message says why and shows nothing of it. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String why) {
      super(why, null, false, false);
    }
  }

  static TokenText parse(String token) throws Malformed {
    String[] parts = token.length() > MOST_CHARACTERS ? new String[0] : token.split("\\.", -1);
    if (parts.length != 3) {
      throw new Malformed("it is not three parts with dots between them, of %d characters at most".formatted(MOST_CHARACTERS));
    }
    Map<String, Object> header = object(parts[0], HEADER);
    if (!"EdDSA".equals(header.get("alg")) || !"JWT".equals(header.getOrDefault("typ", "JWT"))) {
      throw new Malformed("alg must be EdDSA and typ JWT");
    }
    Map<String, Object> claims = object(parts[1], CLAIMS);
    byte[] signature = bytes(parts[2]);
    if (signature.length != SIGNATURE_BYTES) {
      throw new Malformed("its signature is not 64 bytes");
    }
    byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    return new TokenText(text(header, "kid"), claims(claims), signed, signature);
  }

  /** The token, signed. */
  static String of(String keyId, TokenClaims claims, UnaryOperator<byte[]> sign) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("alg", "EdDSA");
    header.put("typ", "JWT");
    header.put("kid", keyId);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("sub", claims.subject());
    body.put("role", claims.role().word());
    body.put("aud", claims.audience());
    body.put("iat", claims.issuedAt().getEpochSecond());
    body.put("exp", claims.expiresAt().getEpochSecond());
    body.put("jti", claims.id());
    String signed = json(header) + "." + json(body);
    return signed + "." + Ed25519.text(sign.apply(signed.getBytes(StandardCharsets.US_ASCII)));
  }

  private static TokenClaims claims(Map<String, Object> claims) throws Malformed {
    Role role = Role.of(text(claims, "role")).orElse(null);
    if (role == null) {
      throw new Malformed("role is none of the fabric's");
    }
    return new TokenClaims(
        text(claims, "sub"), role, text(claims, "aud"), time(claims, "iat"), time(claims, "exp"), text(claims, "jti"));
  }

  private static String text(Map<String, Object> object, String name) throws Malformed {
    if (object.get(name) instanceof String text && !text.isEmpty() && text.length() <= MOST_TEXT) {
      return text;
    }
    throw new Malformed(name + " must be a text of 1 to %d characters".formatted(MOST_TEXT));
  }

  private static Instant time(Map<String, Object> object, String name) throws Malformed {
    if (object.get(name) instanceof Long seconds && seconds >= 0 && seconds <= LAST_SECOND) {
      return Instant.ofEpochSecond(seconds);
    }
    throw new Malformed(name + " must be whole seconds since 1970");
  }

  /** A flat object of texts and whole numbers; every name once, and only those that are known. */
  private static Map<String, Object> object(String part, Set<String> known) throws Malformed {
    Map<String, Object> object = new LinkedHashMap<>();
    try (JsonReader json = new JsonReader(new StringReader(utf8(bytes(part))))) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (!known.contains(name)) {
          throw new Malformed("it has a field that is none of " + known.stream().sorted().toList());
        }
        Object value = json.peek() == JsonToken.NUMBER ? number(json.nextString()) : json.nextString();
        if (object.put(name, value) != null) {
          throw new Malformed(name + " is there twice");
        }
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw new Malformed("something follows its JSON");
      }
      return object;
    } catch (IOException | IllegalStateException | NumberFormatException notOurs) {
      throw new Malformed("its parts are not flat JSON objects");
    }
  }

  private static Long number(String digits) {
    return Long.valueOf(digits);
  }

  private static String utf8(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /** One text for the same bytes, so that a token cannot be written in two ways. */
  private static byte[] bytes(String part) throws Malformed {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      if (Ed25519.text(bytes).equals(part)) {
        return bytes;
      }
    } catch (IllegalArgumentException notBase64) {
      // As below.
    }
    throw new Malformed("its parts are not base64url without padding");
  }

  private static String json(Map<String, Object> object) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.beginObject();
      for (Map.Entry<String, Object> field : object.entrySet()) {
        json.name(field.getKey());
        if (field.getValue() instanceof Long number) {
          json.value(number);
        } else {
          json.value((String) field.getValue());
        }
      }
      json.endObject();
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return Ed25519.text(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
