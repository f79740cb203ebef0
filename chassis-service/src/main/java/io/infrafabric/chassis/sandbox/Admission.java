package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.Cursor.Malformed;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at a module before the engine does, in time linear in its size. It refuses what is not WebAssembly 1.0 with the
 * bulk memory, sign extension, multi-value and reference type extensions, what imports anything but WASI preview 1, and
 * sizes and counts that make an engine slow: compilers are not linear, and none can be interrupted.
 */
public final class Admission {
  /** Largest module. */
  public static final int MODULE_BYTES = 900 * 1024;

  private static final int MAGIC = 0x6d736100;
  private static final int TYPES = 2_000;
  private static final int PARAMETERS = 128;
  private static final int RESULTS = 16;
  private static final int IMPORTS = 256;
  private static final int FUNCTIONS = 10_000;
  private static final int TABLES = 8;
  private static final int TABLE_ENTRIES = 100_000;
  private static final int ENTRIES = 10_000;
  private static final int BODY_BYTES = 128 * 1024;
  private static final int LOCALS = 4_000;
  private static final int LOCALS_IN_ALL = 500_000;
  private static final int NAME_BYTES = 4_096;

  /** Equal signatures times functions of that signature: what an indirect call is compiled to. */
  private static final long INDIRECT_TARGETS = 200_000;

  /** Place of each section id in the order of the format; 12 (data count) stands before 10 (code). */
  private static final int[] ORDER = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10};

  private final ExecutionLimits limits;
  private final List<String> signatures = new ArrayList<>();
  private final List<Integer> functionTypes = new ArrayList<>();
  private int bodies;
  private boolean memory;
  private boolean startExported;
  private long locals;

  private Admission(ExecutionLimits limits) {
    this.limits = limits;
  }

  /** The refusal of a module that the sandbox does not take: MODULE_REJECTED with the reason. */
  public static Optional<Refusal> check(byte[] module, ExecutionLimits limits) {
    if (module.length > MODULE_BYTES) {
      return Optional.of(
          rejected("it has %d bytes, at most %d are admitted".formatted(module.length, MODULE_BYTES)));
    }
    try {
      new Admission(limits).module(new Cursor(module));
      return Optional.empty();
    } catch (Malformed malformed) {
      return Optional.of(rejected(malformed.getMessage()));
    }
  }

  /** MODULE_REJECTED for this reason. */
  static Refusal rejected(String reason) {
    return Refusal.of(ErrorCode.ERROR_CODE_MODULE_REJECTED, "module: " + reason).withField("module", reason);
  }

  private void module(Cursor in) {
    if (in.remaining() < 8 || in.i32() != MAGIC || in.i32() != 1) {
      throw new Malformed("it is not a WebAssembly module of version 1");
    }
    int last = 0;
    while (!in.atEnd()) {
      int id = in.u8();
      Cursor section = in.part(in.u32());
      if (id == 0) {
        continue;
      }
      if (id >= ORDER.length) {
        throw new Malformed("section %d is of an extension that is not admitted".formatted(id));
      }
      if (ORDER[id] <= last) {
        throw new Malformed("section %d is out of order or there twice".formatted(id));
      }
      last = ORDER[id];
      section(id, section);
    }
    whole();
  }

  private void section(int id, Cursor in) {
    switch (id) {
      case 1 -> types(in);
      case 2 -> imports(in);
      case 3 -> functions(in);
      case 4 -> tables(in);
      case 5 -> memories(in);
      case 6 -> in.atMost(ENTRIES, "globals");
      case 7 -> exports(in);
      case 9 -> in.atMost(ENTRIES, "element segments");
      case 10 -> code(in);
      case 11, 12 -> in.atMost(ENTRIES, "data segments");
      default -> in.u32();
    }
  }

  private void types(Cursor in) {
    int count = in.atMost(TYPES, "types");
    for (int i = 0; i < count; i++) {
      if (in.u8() != 0x60) {
        throw new Malformed("a type is not a plain function type");
      }
      signatures.add(
          valueTypes(in, PARAMETERS, "parameters of a function") + ":" + valueTypes(in, RESULTS, "results of a function"));
    }
  }

  private static String valueTypes(Cursor in, int largest, String what) {
    int count = in.atMost(largest, what);
    StringBuilder types = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      types.append(valueType(in.u8()));
    }
    return types.toString();
  }

  private static char valueType(int code) {
    return switch (code) {
      case 0x7f -> 'i';
      case 0x7e -> 'I';
      case 0x7d -> 'f';
      case 0x7c -> 'F';
      case 0x70 -> 'r';
      case 0x6f -> 'x';
      default -> throw new Malformed("value type 0x%02x is not admitted (no SIMD, no garbage collection)".formatted(code));
    };
  }

  private void imports(Cursor in) {
    int count = in.atMost(IMPORTS, "imports");
    for (int i = 0; i < count; i++) {
      String module = in.name(NAME_BYTES);
      String name = in.name(NAME_BYTES);
      String shown = WasiImports.shown(module, name);
      if (in.u8() != 0) {
        throw new Malformed("import %s is not a function; only functions can be imported".formatted(shown));
      }
      String signature = signature(in.u32());
      String expected =
          WasiImports.signature(module, name)
              .orElseThrow(() -> new Malformed("import %s is not of WASI preview 1".formatted(shown)));
      if (!signature.equals(expected)) {
        throw new Malformed("import %s has another signature than in WASI preview 1".formatted(shown));
      }
    }
  }

  private void functions(Cursor in) {
    int count = in.atMost(FUNCTIONS, "functions");
    for (int i = 0; i < count; i++) {
      long type = in.u32();
      signature(type);
      functionTypes.add((int) type);
    }
  }

  private String signature(long type) {
    if (type >= signatures.size()) {
      throw new Malformed("type %d is not there".formatted(type));
    }
    return signatures.get((int) type);
  }

  private static void tables(Cursor in) {
    int count = in.atMost(TABLES, "tables");
    long entries = 0;
    for (int i = 0; i < count; i++) {
      int type = in.u8();
      int flags = in.u8();
      if ((type != 0x70 && type != 0x6f) || flags > 1) {
        throw new Malformed("a table is of a kind that is not admitted");
      }
      entries += in.u32();
      if (flags == 1) {
        in.u32();
      }
    }
    if (entries > TABLE_ENTRIES) {
      throw new Malformed("table entries: %d, at most %d are admitted".formatted(entries, TABLE_ENTRIES));
    }
  }

  private void memories(Cursor in) {
    memory = in.atMost(1, "memories") == 1;
    if (!memory) {
      return;
    }
    if (in.u8() > 1) {
      throw new Malformed("its memory is shared or of 64 bits, which is not admitted");
    }
    long pages = in.u32();
    if (pages > limits.memoryPages()) {
      throw new Malformed(
          "it needs %d KiB of memory to begin with, its limit is %d KiB".formatted(pages * 64, limits.memoryBytes() >> 10));
    }
  }

  private void exports(Cursor in) {
    int count = in.atMost(ENTRIES, "exports");
    for (int i = 0; i < count; i++) {
      String name = in.name(NAME_BYTES);
      int kind = in.u8();
      in.u32();
      startExported |= kind == 0 && name.equals("_start");
    }
  }

  private void code(Cursor in) {
    bodies = in.atMost(FUNCTIONS, "function bodies");
    for (int i = 0; i < bodies; i++) {
      locals(in.part(in.atMost(BODY_BYTES, "bytes of a function body")));
    }
  }

  private void locals(Cursor body) {
    int groups = body.atMost(LOCALS, "groups of locals of a function");
    long count = 0;
    for (int i = 0; i < groups; i++) {
      count += body.u32();
      valueType(body.u8());
    }
    if (count > LOCALS) {
      throw new Malformed("locals of a function: %d, at most %d are admitted".formatted(count, LOCALS));
    }
    locals += count;
  }

  private void whole() {
    if (bodies != functionTypes.size()) {
      throw new Malformed("it has %d functions but %d bodies".formatted(functionTypes.size(), bodies));
    }
    if (locals > LOCALS_IN_ALL) {
      throw new Malformed("locals in all: %d, at most %d are admitted".formatted(locals, LOCALS_IN_ALL));
    }
    if (!startExported || !memory) {
      throw new Malformed("it is not a WASI command: it must have a memory and export the function _start");
    }
    if (indirectTargets() > INDIRECT_TARGETS) {
      throw new Malformed("it has too many equal types for so many functions");
    }
  }

  private long indirectTargets() {
    Map<String, Integer> types = new HashMap<>();
    signatures.forEach(signature -> types.merge(signature, 1, Integer::sum));
    return functionTypes.stream().mapToLong(type -> types.get(signatures.get(type))).sum();
  }
}
