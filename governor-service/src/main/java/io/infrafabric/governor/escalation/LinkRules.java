package io.infrafabric.governor.escalation;

import io.infrafabric.governor.v1.Link;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills templates of links in. What goes in is ids and a trace id, which need no escaping. */
final class LinkRules {
  private static final Pattern TEMPLATE = Pattern.compile("([a-z0-9-]{1,40})=(https?://\\S+)");
  private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");
  private static final Map<String, String> SAMPLE = Map.of("id", "a", "swarm", "a", "task", "a", "trace", "a");

  private LinkRules() {}

  /**
   * Refuses templates that make no link.
   *
   * @throws IllegalArgumentException that names the template
   */
  static void check(List<String> templates) {
    for (String template : templates) {
      if (filled(template, SAMPLE).isEmpty()) {
        throw new IllegalArgumentException(
            "escalation-links has \"%s\": a link is name=http://..., with {id}, {swarm}, {task} or {trace} where they belong".formatted(template));
      }
    }
  }

  /**
   * The links for which everything is known.
   *
   * @param values by place; an absent or empty one leaves out the links that have it
   */
  static List<Link> of(List<String> templates, Map<String, String> values) {
    List<Link> links = new ArrayList<>();
    templates.forEach(template -> filled(template, values).ifPresent(links::add));
    return links;
  }

  private static Optional<Link> filled(String template, Map<String, String> values) {
    Matcher parts = TEMPLATE.matcher(template);
    if (!parts.matches()) {
      return Optional.empty();
    }
    Matcher places = PLACE.matcher(parts.group(2));
    StringBuilder uri = new StringBuilder();
    while (places.find()) {
      String value = values.getOrDefault(places.group(1), "");
      if (value.isEmpty()) {
        return Optional.empty();
      }
      places.appendReplacement(uri, Matcher.quoteReplacement(value));
    }
    places.appendTail(uri);
    return isUri(uri.toString()) ? Optional.of(Link.newBuilder().setName(parts.group(1)).setUri(uri.toString()).build()) : Optional.empty();
  }

  private static boolean isUri(String text) {
    try {
      return URI.create(text).getHost() != null;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }
}
