package io.infrafabric.cli.output;

/** What a running program says to the person before it, on stderr; silent once the program ends. */
public final class Talk {
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final boolean terminal;
  private boolean ended;
  private boolean inPlace;

  /** Talk to the terminal of this process, if it has one. */
  public Talk() {
    this(System.console() != null && System.console().isTerminal() && !"dumb".equals(System.getenv("TERM")));
  }

  private Talk(boolean terminal) {
    this.terminal = terminal;
  }

  /** Whether lines can be replaced. */
  public boolean isTerminal() {
    return terminal;
  }

  /** Says a line. */
  public synchronized void say(String line) {
    if (!ended) {
      System.err.println((inPlace ? CLEAR_LINE : "") + line);
      inPlace = false;
    }
  }

  /** Shows a line that the next one replaces on a terminal; elsewhere a line like any other. */
  public synchronized void status(String line) {
    if (!ended && terminal) {
      System.err.print(CLEAR_LINE + line);
      System.err.flush();
      inPlace = true;
    } else {
      say(line);
    }
  }

  private synchronized void end(String line) {
    say(line);
    ended = true;
  }

  /** Says no more. */
  public synchronized void end() {
    ended = true;
  }

  /** Says a last line when the program is ended by a signal before {@link #end()}. */
  public void endWithProgram(String line) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(line)));
  }
}
