package io.infrafabric.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructTypeReference;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.infrafabric.governor.v1.AccountFacts;
import io.infrafabric.governor.v1.SwarmFacts;
import io.infrafabric.governor.v1.TaskFacts;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Expressions of CEL over the facts of a claim: no clock, no chance, no world outside. Checked against the types of the facts when a policy is
 * validated, so that a field that is not there is found then. Every limit that the library has is set; what it has no limit for, the
 * {@link Meter} of an evaluation watches.
 */
final class Expressions {
  /** Characters of an expression. */
  static final int MOST_CHARACTERS = 2_000;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(MOST_CHARACTERS)
          .maxParseErrorRecoveryLimit(10)
          .maxParseRecursionDepth(64)
          .maxParseExpressionNodeCount(2_000)
          .comprehensionMaxIterations(1_000)
          .maxRegexProgramSize(500)
          .build();

  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setOptions(OPTIONS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addMessageTypes(TaskFacts.getDescriptor(), SwarmFacts.getDescriptor(), AccountFacts.getDescriptor())
          .addVar("task", StructTypeReference.create(TaskFacts.getDescriptor().getFullName()))
          .addVar("swarm", StructTypeReference.create(SwarmFacts.getDescriptor().getFullName()))
          .addVar("account", StructTypeReference.create(AccountFacts.getDescriptor().getFullName()))
          .setResultType(SimpleType.BOOL)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.standardCelRuntimeBuilder()
          .setOptions(OPTIONS)
          .addMessageTypes(TaskFacts.getDescriptor(), SwarmFacts.getDescriptor(), AccountFacts.getDescriptor())
          .build();

  private Expressions() {}

  /** Thrown for an expression that is none. */
  static final class Unsound extends Exception {
    private static final long serialVersionUID = 1L;

    Unsound(String message) {
      super(message);
    }
  }

  /** Makes an expression ready to be evaluated, any number of times and by any thread. */
  static CelRuntime.Program compile(String expression) throws Unsound {
    try {
      CelValidationResult checked = COMPILER.compile(expression);
      if (checked.hasError()) {
        throw new Unsound(told(checked.getErrors()));
      }
      CelAbstractSyntaxTree tree = checked.getAst();
      return RUNTIME.createProgram(tree);
    } catch (CelValidationException | CelEvaluationException unusable) {
      throw new Unsound(unusable.getMessage());
    } catch (RuntimeException tooMuch) {
      // Beyond some limits the library throws what it has at hand.
      throw new Unsound("it cannot be taken: " + tooMuch.getMessage());
    }
  }

  private static String told(List<CelIssue> issues) {
    return issues.stream()
        .limit(3)
        .map(issue -> "at %d:%d %s".formatted(issue.getSourceLocation().getLine(), issue.getSourceLocation().getColumn() + 1, issue.getMessage()))
        .collect(Collectors.joining("; "));
  }
}
