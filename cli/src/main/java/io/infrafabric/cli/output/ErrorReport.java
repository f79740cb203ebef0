package io.infrafabric.cli.output;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.local.LocalRunException;
import java.io.UncheckedIOException;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Tells a failure: a sentence and advice on stderr, or one JSON object on stdout with {@code -o json}; never a stack trace. */
public final class ErrorReport {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final boolean json;
  private final boolean debug;

  /** A report for a program with these arguments; {@code debug} adds stack traces on stderr. */
  public ErrorReport(String[] args, boolean debug) {
    this.json = String.join(" ", args).matches(".*(^| )(-o[ =]?|--output[ =])(?i:jsonl?)( .*|$)");
    this.debug = debug;
  }

  /** Tells a failure of a verb and returns the exit code. */
  public int failed(Throwable failure) {
    if (debug) {
      failure.printStackTrace();
    }
    Refusal refusal = refusalOf(failure);
    if (json) {
      System.out.println(json(refusal));
    } else {
      System.err.println("error: " + text(refusal));
    }
    return refusal.traits().getExitCode();
  }

  /** Tells that the arguments cannot be read, and returns the exit code. */
  public int misused(ParameterException failure) {
    Refusal refusal =
        failure.getCause() == null
            ? Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, failure.getMessage())
            : Errors.refusalOf(failure.getCause()).orElse(Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, failure.getMessage()));
    if (json) {
      System.out.println(json(refusal));
    } else {
      System.err.println("error: " + refusal.message());
      CommandLine.UnmatchedArgumentException.printSuggestions(failure, System.err);
      System.err.println("`%s --help` tells what it takes.".formatted(failure.getCommandLine().getCommandSpec().qualifiedName()));
    }
    return CommandLine.ExitCode.USAGE;
  }

  /** The JSON object of a refusal on one line. */
  public static String json(Refusal refusal) {
    JsonObject error = new JsonObject();
    error.addProperty("code", refusal.reason());
    error.addProperty("message", refusal.message());
    error.addProperty("advice", refusal.traits().getAdvice());
    JsonElement metadata = GSON.toJsonTree(refusal.metadata());
    error.add("metadata", metadata);
    refusal.retryAfter().map(Duration::toMillis).ifPresent(millis -> error.addProperty("retryAfterMillis", millis));
    JsonObject whole = new JsonObject();
    whole.add("error", error);
    return GSON.toJson(whole);
  }

  private static String text(Refusal refusal) {
    String retry = refusal.retryAfter().map(delay -> " (again in %d ms)".formatted(delay.toMillis())).orElse("");
    return "%s%s%n  %s: %s".formatted(refusal.message(), retry, refusal.reason(), refusal.traits().getAdvice());
  }

  private static Refusal refusalOf(Throwable failure) {
    return Errors.refusalOf(failure)
        .orElseGet(
            () ->
                switch (failure) {
                  case LocalRunException local -> Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, local.getMessage());
                  case UncheckedIOException io -> Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, io.getMessage());
                  default ->
                      Refusal.of(
                          ErrorCode.ERROR_CODE_INTERNAL,
                          "%s: %s (IF_DEBUG=1 shows where)".formatted(failure.getClass().getSimpleName(), failure.getMessage()));
                });
  }
}
