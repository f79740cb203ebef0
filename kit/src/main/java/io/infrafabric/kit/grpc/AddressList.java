package io.infrafabric.kit.grpc;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Targets of several addresses, {@code host:port,host:port}: calls go to all of them in turn, and on to another when one is away. */
final class AddressList extends NameResolverProvider {
  private static final String SCHEME = "list";
  private static final int PRIORITY = 5;

  /** One for the process: gRPC keeps every resolver that it is told of. */
  private static final AddressList KNOWN = new AddressList();

  private AddressList() {}

  /** True when the target names several addresses. */
  static boolean isList(String target) {
    return target.indexOf(',') >= 0;
  }

  /** The target as gRPC has it. */
  static String target(String addresses) {
    NameResolverRegistry.getDefaultRegistry().register(KNOWN);
    addresses(addresses); // so that a malformed one fails here
    return SCHEME + ":///" + addresses;
  }

  /** @throws IllegalArgumentException when one is not {@code host:port} */
  static List<InetSocketAddress> addresses(String text) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (String address : text.split(",", -1)) {
      int colon = address.lastIndexOf(':');
      String port = address.substring(colon + 1);
      if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
        throw new IllegalArgumentException("not host:port: \"" + address + "\" in \"" + text + "\"");
      }
      addresses.add(InetSocketAddress.createUnresolved(address.substring(0, colon), Integer.parseInt(port)));
    }
    return addresses;
  }

  @Override
  public NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!SCHEME.equals(target.getScheme())) {
      return null;
    }
    List<InetSocketAddress> addresses = addresses(target.getPath().substring(1));
    return new NameResolver() {
      @Override
      public String getServiceAuthority() {
        return addresses.getFirst().getHostString();
      }

      @Override
      public void start(Listener2 listener) {
        resolve(listener);
      }

      private void resolve(Listener2 listener) {
        List<EquivalentAddressGroup> groups = new ArrayList<>();
        for (InetSocketAddress address : addresses) {
          InetSocketAddress resolved = new InetSocketAddress(address.getHostString(), address.getPort());
          if (!resolved.isUnresolved()) {
            groups.add(new EquivalentAddressGroup((SocketAddress) resolved, Attributes.EMPTY));
          }
        }
        StatusOr<List<EquivalentAddressGroup>> found =
            groups.isEmpty() ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription("no address of " + addresses + " is known")) : StatusOr.fromValue(groups);
        listener.onResult(ResolutionResult.newBuilder().setAddressesOrError(found).build());
      }

      @Override
      public void shutdown() {
        // It holds nothing.
      }
    };
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return PRIORITY;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }
}
