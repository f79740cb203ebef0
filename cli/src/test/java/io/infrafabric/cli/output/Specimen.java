package io.infrafabric.cli.output;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Messages of a kind made of their contract: every field filled, with as many of them as it takes to fill every one of several. */
final class Specimen {
  private Specimen() {}

  /** Full ones; a message in itself is left empty. */
  static List<Message> of(Message kind) {
    List<Message> all = new ArrayList<>();
    int most = kind.getDescriptorForType().getRealOneofs().stream().mapToInt(oneof -> oneof.getFieldCount()).max().orElse(1);
    for (int choice = 0; choice < most; choice++) {
      all.add(full(kind.toBuilder(), choice, new HashSet<>()));
    }
    return all;
  }

  private static Message full(Message.Builder message, int choice, Set<Descriptor> within) {
    Descriptor type = message.getDescriptorForType();
    switch (type.getFullName()) {
      case "google.protobuf.Timestamp" -> {
        return message.setField(type.findFieldByName("seconds"), 1_700_000_000L).build();
      }
      case "google.protobuf.Duration" -> {
        return message.setField(type.findFieldByName("seconds"), 90L).build();
      }
      case "google.protobuf.Struct" -> {
        return Struct.newBuilder().putFields("key", Value.newBuilder().setStringValue("value").build()).build();
      }
      default -> {}
    }
    if (!within.add(type)) {
      return message.build();
    }
    for (FieldDescriptor field : type.getFields()) {
      if (!isChosen(field, choice)) {
        continue;
      }
      Object value = value(field, field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? message.newBuilderForField(field) : null, within);
      if (field.isRepeated()) {
        message.addRepeatedField(field, value);
      } else {
        message.setField(field, value);
      }
    }
    within.remove(type);
    return message.build();
  }

  private static boolean isChosen(FieldDescriptor field, int choice) {
    OneofDescriptor oneof = field.getRealContainingOneof();
    return oneof == null || oneof.getField(Math.min(choice, oneof.getFieldCount() - 1)).equals(field);
  }

  private static Object value(FieldDescriptor field, Message.Builder of, Set<Descriptor> within) {
    return switch (field.getJavaType()) {
      case INT -> field.getNumber();
      case LONG -> 1_000_000L + field.getNumber();
      case FLOAT -> 0.5f;
      case DOUBLE -> 0.5;
      case BOOLEAN -> true;
      case STRING -> field.getName().replace('_', '-');
      case BYTE_STRING -> ByteString.copyFromUtf8(field.getName());
      case ENUM -> field.getEnumType().getValues().getLast();
      case MESSAGE -> full(of, 0, within);
    };
  }
}
