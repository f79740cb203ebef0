package io.infrafabric.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of wire.md that every .proto file follows. */
class ContractLintTest {
  private static final Path SOURCES = Path.of("src/main/protobuf");

  /** Beginnings of methods that only look; all others change something and carry a request id. */
  private static final List<String> READ_ONLY =
      List.of("Get", "List", "Watch", "Rank", "Query", "Trace", "Prove", "Explain", "Validate", "Simulate", "ReducePlan", "Export");

  /** The same for a name that is the beginning of a mutation's, too. */
  private static final Set<String> READ_ONLY_EXACTLY = Set.of("Report");

  private static final List<FileDescriptor> FILES = files();

  @Test
  void everyFile_isLookedAt() throws IOException {
    try (Stream<Path> found = Files.walk(SOURCES)) {
      Set<String> names = new TreeSet<>();
      found.filter(path -> path.toString().endsWith(".proto")).forEach(path -> names.add(SOURCES.relativize(path).toString()));
      assertThat(FILES).extracting(FileDescriptor::getName).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @Test
  void packages_areOfAServiceAndOfVersion1() {
    for (FileDescriptor file : FILES) {
      assertThat(file.getPackage()).as(file.getName()).matches("infrafabric\\.(common|coordinator|governor|chassis)\\.v1");
      assertThat(file.getOptions().getJavaPackage()).isEqualTo("io." + file.getPackage());
      assertThat(file.getOptions().getJavaMultipleFiles()).isTrue();
      assertThat(file.getName()).startsWith(file.getPackage().replace('.', '/') + "/");
    }
  }

  @Test
  void everyMethod_hasARequestAndAResponseOfItsOwn() {
    Set<String> used = new HashSet<>();
    for (MethodDescriptor method : methods()) {
      assertThat(method.getInputType().getName()).isEqualTo(method.getName() + "Request");
      assertThat(method.getOutputType().getName()).isEqualTo(method.getName() + "Response");
      assertThat(used.add(method.getInputType().getFullName())).as(method.getFullName()).isTrue();
      assertThat(method.isClientStreaming()).as(method.getFullName()).isEqualTo(method.getName().startsWith("Map") || method.getName().equals("PutObject"));
      assertThat(method.isServerStreaming()).as(method.getFullName()).isEqualTo(method.getName().startsWith("Watch") || method.getName().equals("GetObject"));
    }
  }

  @Test
  void everyMutation_carriesARequestId() {
    for (MethodDescriptor method : methods()) {
      if (READ_ONLY.stream().noneMatch(method.getName()::startsWith) && !READ_ONLY_EXACTLY.contains(method.getName())) {
        FieldDescriptor field = method.getInputType().findFieldByName("request_id");
        assertThat(field).as(method.getFullName()).isNotNull();
        assertThat(field.getType()).as(method.getFullName()).isEqualTo(FieldDescriptor.Type.STRING);
        assertThat(field.isRepeated()).as(method.getFullName()).isFalse();
      }
    }
  }

  @Test
  void everyEnum_beginsWithUnspecified_andHasItsPrefix() {
    for (EnumDescriptor type : enums()) {
      String prefix = type.getName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT) + "_";
      assertThat(type.findValueByNumber(0).getName()).isEqualTo(prefix + "UNSPECIFIED");
      assertThat(type.getValues()).allMatch(value -> value.getName().startsWith(prefix), "begins with " + prefix);
    }
  }

  @Test
  void money_isInt64MicrosAndNothingElse() {
    for (FieldDescriptor field : fields()) {
      if (field.getName().contains("cost") || field.getName().endsWith("_micros")) {
        assertThat(field.getName()).endsWith("_micros");
        assertThat(field.getType()).as(field.getFullName()).isEqualTo(FieldDescriptor.Type.INT64);
      }
    }
  }

  @Test
  void fields_areSnakeCase() {
    assertThat(fields()).allMatch(field -> field.getName().matches("[a-z][a-z0-9]*(_[a-z0-9]+)*"));
  }

  @Test
  void pages_haveASizeAndATokenToGoOn() {
    for (MethodDescriptor method : methods()) {
      if (method.getInputType().findFieldByName("page_token") != null) {
        assertThat(method.getInputType().findFieldByName("page_size")).as(method.getFullName()).isNotNull();
        assertThat(method.getOutputType().findFieldByName("next_page_token")).as(method.getFullName()).isNotNull();
      }
    }
  }

  static List<FileDescriptor> files() {
    try (Stream<Path> found = Files.walk(SOURCES)) {
      return found.filter(path -> path.toString().endsWith(".proto")).map(ContractLintTest::descriptor).toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** By the name of the class that protoc makes of the file. */
  private static FileDescriptor descriptor(Path path) {
    StringBuilder outer = new StringBuilder();
    for (String word : path.getFileName().toString().replace(".proto", "").split("_")) {
      outer.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
    }
    String javaPackage = "io." + SOURCES.relativize(path.getParent()).toString().replace('/', '.');
    for (String suffix : List.of("", "Proto", "OuterClass")) {
      try {
        return (FileDescriptor) Class.forName(javaPackage + "." + outer + suffix).getMethod("getDescriptor").invoke(null);
      } catch (ClassNotFoundException | ClassCastException another) {
        continue; // a message of that name, or no such class
      } catch (ReflectiveOperationException unexpected) {
        throw new AssertionError(path.toString(), unexpected);
      }
    }
    throw new AssertionError("no class was made of " + path);
  }

  private static List<MethodDescriptor> methods() {
    return FILES.stream().map(FileDescriptor::getServices).flatMap(List::stream).map(ServiceDescriptor::getMethods).flatMap(List::stream).toList();
  }

  private static List<FieldDescriptor> fields() {
    return messages().stream().map(Descriptor::getFields).flatMap(List::stream).toList();
  }

  private static List<Descriptor> messages() {
    List<Descriptor> all = new ArrayList<>();
    FILES.forEach(file -> file.getMessageTypes().forEach(type -> collect(type, all)));
    return all;
  }

  private static void collect(Descriptor type, List<Descriptor> into) {
    into.add(type);
    type.getNestedTypes().forEach(nested -> collect(nested, into));
  }

  private static List<EnumDescriptor> enums() {
    return Stream.concat(
            FILES.stream().map(FileDescriptor::getEnumTypes).flatMap(List::stream),
            messages().stream().map(Descriptor::getEnumTypes).flatMap(List::stream))
        .toList();
  }
}
