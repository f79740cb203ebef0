package io.infrafabric.manifest;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import io.infrafabric.governor.v1.Manifest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A manifest as the one text that is signed: its proto3 JSON without the signature, in the canonical form of RFC 8785 (sorted names, no blanks).
 * Any language with a JSON library can make it.
 */
public final class SignedText {
  /** Stands before the text in what is signed, so that no signature of anything else is one of a manifest. */
  public static final String PURPOSE = "infrafabric manifest v1";

  private SignedText() {}

  /** The text of a manifest, of which only what {@link ManifestRules#normalize} keeps counts. */
  public static String of(Manifest manifest) {
    StringBuilder out = new StringBuilder();
    message(ManifestRules.normalize(manifest).toBuilder().clearSignature().build(), out);
    return out.toString();
  }

  /** SHA-256 of the text in UTF-8, 64 hex digits: names what the manifest says. */
  public static String digest(Manifest manifest) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(of(manifest).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void message(Message message, StringBuilder out) {
    TreeMap<String, Runnable> members = new TreeMap<>();
    message.getAllFields().forEach((field, value) -> members.put(field.getJsonName(), () -> field(field, value, out)));
    object(members, out);
  }

  private static void object(Map<String, Runnable> members, StringBuilder out) {
    String separator = "{";
    for (Map.Entry<String, Runnable> member : members.entrySet()) {
      out.append(separator);
      quoted(member.getKey(), out);
      out.append(':');
      member.getValue().run();
      separator = ",";
    }
    out.append(members.isEmpty() ? "{}" : "}");
  }

  private static void field(FieldDescriptor field, Object value, StringBuilder out) {
    if (field.isMapField()) {
      map(field, (List<?>) value, out);
    } else if (field.isRepeated()) {
      String separator = "[";
      for (Object item : (List<?>) value) {
        out.append(separator);
        single(field, item, out);
        separator = ",";
      }
      out.append(']');
    } else {
      single(field, value, out);
    }
  }

  private static void map(FieldDescriptor field, List<?> entries, StringBuilder out) {
    FieldDescriptor valueField = field.getMessageType().findFieldByName("value");
    TreeMap<String, Runnable> members = new TreeMap<>();
    for (Object each : entries) {
      MapEntry<?, ?> entry = (MapEntry<?, ?>) each;
      members.put(String.valueOf(entry.getKey()), () -> single(valueField, entry.getField(valueField), out));
    }
    object(members, out);
  }

  /** As proto3 JSON: numbers of 64 bits are texts. */
  private static void single(FieldDescriptor field, Object value, StringBuilder out) {
    switch (field.getJavaType()) {
      case INT -> out.append(Integer.toUnsignedLong((Integer) value));
      case LONG -> out.append('"').append(value).append('"');
      case BOOLEAN -> out.append(value);
      case STRING -> quoted((String) value, out);
      case BYTE_STRING -> quoted(Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()), out);
      case ENUM -> quoted(((EnumValueDescriptor) value).getName(), out);
      case MESSAGE -> message((Message) value, out);
      case FLOAT, DOUBLE -> throw new IllegalStateException("a manifest has no field such as " + field.getFullName());
    }
  }

  private static void quoted(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
