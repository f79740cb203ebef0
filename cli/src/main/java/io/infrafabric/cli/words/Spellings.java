package io.infrafabric.cli.words;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.names.Ids;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What people and programs of before say for the states, priorities and classes of tasks: the words of SwarmSH, of the task board and of the
 * first coordinator. The contract has one word for each; these are taken at the edges alone. Pure.
 */
public final class Spellings {
  /** The most and the least urgent of the task board's priorities. */
  public static final int BOARD_HIGHEST = 1;

  public static final int BOARD_LOWEST = 10;

  /** A word may mean several states: a task that is pending waits or is ready. */
  public static final Vocabulary<Set<TaskState>> STATES = new Vocabulary<>("state", states(), fullNames(TaskState.getDescriptor(), name -> Set.of(TaskState.valueOf(name))), "");

  public static final Vocabulary<Priority> PRIORITIES = new Vocabulary<>("priority", priorities(), numbersAndFullNames(), ", and 1 (the highest) to 10");

  /** The classes of the task board; any other word is one too. */
  public static final Vocabulary<String> TASK_CLASSES =
      new Vocabulary<>("task class", classes(), Map.of(), ", and any other word of letters, digits and inner hyphens");

  private Spellings() {}

  private static Map<String, Set<TaskState>> states() {
    Map<String, Set<TaskState>> states = new LinkedHashMap<>();
    Stream.of(TaskState.values())
        .filter(state -> state != TaskState.UNRECOGNIZED && state != TaskState.TASK_STATE_UNSPECIFIED)
        .forEach(state -> states.put(shortName(state.getValueDescriptor()), EnumSet.of(state)));
    states.put("pending", EnumSet.of(TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_READY));
    states.put("available", EnumSet.of(TaskState.TASK_STATE_READY));
    states.put("unclaimed", EnumSet.of(TaskState.TASK_STATE_READY));
    states.put("active", EnumSet.of(TaskState.TASK_STATE_CLAIMED));
    states.put("in_progress", EnumSet.of(TaskState.TASK_STATE_CLAIMED));
    states.put("blocked", EnumSet.of(TaskState.TASK_STATE_PARKED));
    return states;
  }

  private static Map<String, Priority> priorities() {
    Map<String, Priority> priorities = new LinkedHashMap<>();
    List.of(Priority.PRIORITY_CRITICAL, Priority.PRIORITY_HIGH, Priority.PRIORITY_MEDIUM, Priority.PRIORITY_LOW)
        .forEach(priority -> priorities.put(shortName(priority.getValueDescriptor()), priority));
    return priorities;
  }

  private static Map<String, Priority> numbersAndFullNames() {
    Map<String, Priority> priorities = fullNames(Priority.getDescriptor(), Priority::valueOf);
    for (int number = BOARD_HIGHEST; number <= BOARD_LOWEST; number++) {
      priorities.put(Integer.toString(number), ofBoard(number));
    }
    return priorities;
  }

  /** Ten steps in four: the board's default is the fabric's, and neither end is out of reach. */
  private static Priority ofBoard(int number) {
    return number <= 2 ? Priority.PRIORITY_CRITICAL : number <= 4 ? Priority.PRIORITY_HIGH : number <= 7 ? Priority.PRIORITY_MEDIUM : Priority.PRIORITY_LOW;
  }

  private static Map<String, String> classes() {
    Map<String, String> classes = new LinkedHashMap<>();
    List.of("CODE_ANALYSIS", "PARALLEL_SEARCH", "SOLUTION_EXPLORATION", "DISTRIBUTED_REVIEW").forEach(word -> classes.put(word, asId(word)));
    return classes;
  }

  /** The class of a task in its one spelling, lower-case words with hyphens; empty when the text can be none. */
  public static Optional<String> taskClass(String given) {
    String id = asId(given);
    return id.isEmpty() || Ids.isId(id) ? Optional.of(id) : Optional.empty();
  }

  private static String asId(String given) {
    return given.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_]+", "-");
  }

  /** The words of an enum of the contract, each with the name of its value. */
  public static Vocabulary<String> of(EnumDescriptor type) {
    if (type.equals(Priority.getDescriptor())) {
      return PRIORITIES.of(Priority::name);
    }
    Map<String, String> words = new LinkedHashMap<>();
    type.getValues().stream().filter(value -> value.getNumber() != 0).forEach(value -> words.put(shortName(value), value.getName()));
    return new Vocabulary<>(words(type), words, fullNames(type, name -> name), "");
  }

  /** Whether a field takes spellings: enums, and the class of a task. */
  public static boolean takes(FieldDescriptor field) {
    return field.getType() == FieldDescriptor.Type.ENUM || isTaskClass(field);
  }

  /**
   * What a file gives for such a field, in the spelling of the contract; empty when it is no spelling of anything.
   *
   * @param given a text or a number; numbers of other enums than the priority are the contract's
   */
  public static Optional<Object> canonical(FieldDescriptor field, Object given) {
    if (isTaskClass(field)) {
      return taskClass(String.valueOf(given)).map(id -> id);
    }
    if (given instanceof Number && !field.getEnumType().equals(Priority.getDescriptor())) {
      return Optional.of(given);
    }
    return of(field.getEnumType()).find(String.valueOf(given)).map(name -> name);
  }

  /** What to tell somebody whose word for such a field is no spelling of anything. */
  public static String no(FieldDescriptor field, Object given) {
    return (isTaskClass(field) ? TASK_CLASSES : of(field.getEnumType())).no(String.valueOf(given));
  }

  private static boolean isTaskClass(FieldDescriptor field) {
    return field.getType() == FieldDescriptor.Type.STRING && !field.isRepeated() && field.getName().equals("task_class");
  }

  private static <T> Map<String, T> fullNames(EnumDescriptor type, Function<String, T> meaning) {
    Map<String, T> names = new LinkedHashMap<>();
    type.getValues().forEach(value -> names.put(value.getName(), meaning.apply(value.getName())));
    return names;
  }

  /** {@code retry policy} for RetryPolicy. */
  private static String words(EnumDescriptor type) {
    return type.getName().replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
  }

  /** The name of a value without that of its enum, in lower case: {@code ready} for TASK_STATE_READY. */
  private static String shortName(EnumValueDescriptor value) {
    String prefix = words(value.getType()).replace(' ', '_').toUpperCase(Locale.ROOT) + "_";
    String name = value.getName();
    return (name.startsWith(prefix) ? name.substring(prefix.length()) : name).toLowerCase(Locale.ROOT);
  }
}
