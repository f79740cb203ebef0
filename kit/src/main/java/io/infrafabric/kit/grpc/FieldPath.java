package io.infrafabric.kit.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;

/** A text somewhere in the requests of a method, such as {@code claim.swarm_id}. */
final class FieldPath {
  private final List<FieldDescriptor> way;

  private FieldPath(List<FieldDescriptor> way) {
    this.way = List.copyOf(way);
  }

  /** @throws IllegalStateException when there is no such text */
  static FieldPath of(MethodDescriptor<?, ?> method, String path) {
    var marshaller = (MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller();
    Descriptor at = ((Message) marshaller.getMessagePrototype()).getDescriptorForType();
    List<FieldDescriptor> way = new ArrayList<>();
    for (String name : path.split("\\.")) {
      FieldDescriptor field = at == null ? null : at.findFieldByName(name);
      if (field == null || field.isRepeated()) {
        throw new IllegalStateException("%s has no field %s".formatted(method.getFullMethodName(), path));
      }
      way.add(field);
      at = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? field.getMessageType() : null;
    }
    if (way.getLast().getJavaType() != FieldDescriptor.JavaType.STRING) {
      throw new IllegalStateException("%s: %s is no text".formatted(method.getFullMethodName(), path));
    }
    return new FieldPath(way);
  }

  /** What a request says there; empty when it says nothing. */
  String read(Object request) {
    Object value = request;
    for (FieldDescriptor field : way) {
      value = ((Message) value).getField(field);
    }
    return (String) value;
  }
}
