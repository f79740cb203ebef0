package io.infrafabric.governor.webhook;

import io.infrafabric.kit.lifecycle.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/**
 * Posts over HTTP/1.1, without redirects, proxies and cookies. Only the status of an answer counts: its body is not read, so that no sink
 * can keep a connection or fill memory with one.
 */
final class HttpOutbox implements Outbox, AutoCloseable {
  private final boolean loopback;
  private final Duration timeout;
  private final ExecutorService executor = Threads.virtualPerTask("webhook");
  private final HttpClient client;

  /**
   * @param loopback whether the name of a host may stand for this machine
   * @param timeout for all of a post, the name of the host and the connection included
   */
  HttpOutbox(boolean loopback, Duration timeout) {
    this.loopback = loopback;
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(timeout)
            .executor(executor)
            .build();
  }

  @Override
  public CompletableFuture<Answer> send(Sink sink, Post post) {
    return CompletableFuture.supplyAsync(() -> refused(sink.address()), executor)
        .thenCompose(refused -> refused.isPresent() ? CompletableFuture.completedFuture(failed(refused.get())) : post(sink, post))
        .completeOnTimeout(failed("no answer within " + timeout.toMillis() + " ms"), timeout.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> failed(word(failure)));
  }

  /** Looks at what the name stands for now; the client asks again within the time that the JVM remembers the answer. */
  private Optional<String> refused(URI address) {
    try {
      for (InetAddress one : InetAddress.getAllByName(address.getHost())) {
        Optional<String> refused = TargetRules.refused(one, loopback);
        if (refused.isPresent()) {
          return refused;
        }
      }
      return Optional.empty();
    } catch (IOException unknown) {
      return Optional.of("its host is not known");
    }
  }

  private CompletableFuture<Answer> post(Sink sink, Post post) {
    HttpRequest request =
        HttpRequest.newBuilder(sink.address())
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .header("User-Agent", "InfraFabric")
            .header("webhook-id", post.id())
            .header("webhook-timestamp", Long.toString(post.unixSeconds()))
            .header("webhook-signature", post.signature())
            .POST(HttpRequest.BodyPublishers.ofByteArray(post.body()))
            .build();
    return client.sendAsync(request, head -> new Unread()).thenApply(HttpOutbox::answer);
  }

  private static Answer answer(HttpResponse<Void> response) {
    int status = response.statusCode();
    if (status / 100 == 2) {
      return new Answer.Acknowledged();
    }
    return status == 410 ? new Answer.Gone() : new Answer.Failed("status " + status, notBefore(response));
  }

  private static Optional<Duration> notBefore(HttpResponse<Void> response) {
    return response.headers().firstValue("Retry-After").filter(text -> text.matches("\\d{1,6}")).map(Long::parseLong).map(Duration::ofSeconds);
  }

  private static Answer failed(String why) {
    return new Answer.Failed(why, Optional.empty());
  }

  /** The kind of failure: its message may quote the address. */
  private static String word(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getClass().getSimpleName();
  }

  @Override
  public void close() {
    client.shutdownNow();
    executor.shutdownNow();
  }

  /** Is done with the head of the answer, and lets the connection go. */
  private static final class Unread implements BodySubscriber<Void> {
    private final CompletableFuture<Void> body = new CompletableFuture<>();

    @Override
    public CompletionStage<Void> getBody() {
      return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      body.complete(null);
      subscription.cancel();
    }

    @Override
    public void onNext(List<ByteBuffer> part) {}

    @Override
    public void onError(Throwable failure) {
      body.complete(null);
    }

    @Override
    public void onComplete() {
      body.complete(null);
    }
  }
}
