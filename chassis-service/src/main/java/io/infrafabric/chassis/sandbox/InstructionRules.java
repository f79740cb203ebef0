package io.infrafabric.chassis.sandbox;

import io.infrafabric.error.Refusal;
import java.util.List;
import java.util.Optional;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.FunctionBody;
import run.endive.wasm.types.OpCode;

/**
 * What a function may consist of, looked at between Endive's parser and its compiler. Tail calls would make loops that see
 * no interrupt; exceptions could catch the end of a run; atomics and vectors the compiler does not have.
 */
final class InstructionRules {
  private static final int BRANCH_TARGETS = 20_000;

  /** Branch targets times locals: the frames that the class file verifier is given. */
  private static final long FRAMES_OF_A_FUNCTION = 8_000_000;

  private static final long FRAMES_IN_ALL = 30_000_000;

  private InstructionRules() {}

  static Optional<Refusal> check(WasmModule module) {
    long frames = 0;
    for (FunctionBody body : module.codeSection().functionBodies()) {
      long targets = 0;
      for (AnnotatedInstruction instruction : body.instructions()) {
        OpCode opcode = instruction.opcode();
        if (!admitted(opcode)) {
          return Optional.of(Admission.rejected("instruction %s is not admitted".formatted(opcode.name().toLowerCase(java.util.Locale.ROOT))));
        }
        targets += targets(instruction);
      }
      long ofFunction = targets * (body.localTypes().size() + 1L);
      frames += ofFunction;
      if (targets > BRANCH_TARGETS || ofFunction > FRAMES_OF_A_FUNCTION || frames > FRAMES_IN_ALL) {
        return Optional.of(Admission.rejected("a function has too many branches for so many locals"));
      }
    }
    return Optional.empty();
  }

  private static long targets(AnnotatedInstruction instruction) {
    List<Integer> table = instruction.labelTable();
    if (table != null && !table.isEmpty()) {
      return table.size();
    }
    return switch (instruction.opcode()) {
      case BR, BR_IF, IF, ELSE, LOOP, BLOCK -> 1;
      default -> 0;
    };
  }

  private static boolean admitted(OpCode opcode) {
    return switch (opcode) {
      case THROW, THROW_REF, TRY_TABLE, RETURN_CALL, RETURN_CALL_INDIRECT, CALL_REF, RETURN_CALL_REF -> false;
      default -> {
        int code = opcode.opcode();
        yield code <= 0xc4 || (code >= 0xd0 && code <= 0xd2) || (code >= 0xfc00 && code <= 0xfc11);
      }
    };
  }
}
