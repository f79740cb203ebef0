package io.infrafabric.local;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Asks a server on loopback whether it is ready. */
@FunctionalInterface
interface Probe {
  /** Returns whether the server answered that it is ready; never throws. */
  boolean ready();

  /** Ready when GET on the address answers 200 with the text somewhere in its body. */
  static Probe http(String address, String expected) {
    return () -> {
      try {
        var connection =
            (HttpURLConnection) URI.create(address).toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(1_000);
        connection.setReadTimeout(2_000);
        try (var body = connection.getInputStream()) {
          return new String(body.readAllBytes(), StandardCharsets.UTF_8).contains(expected);
        } finally {
          connection.disconnect();
        }
      } catch (IOException notYet) {
        return false;
      }
    };
  }

  /** Ready when the port accepts a connection. */
  static Probe tcp(int port) {
    return () -> {
      try (var socket = new Socket(Proxy.NO_PROXY)) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
        return true;
      } catch (IOException notYet) {
        return false;
      }
    };
  }
}
