package io.infrafabric.chassis.sandbox;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The functions of WASI preview 1 with their signatures (WebAssembly/WASI, wasi_snapshot_preview1.witx): i is i32, I is i64. */
final class WasiImports {
  static final String MODULE = "wasi_snapshot_preview1";

  private static final Map<String, String> SIGNATURES = new HashMap<>();

  static {
    of("ii:i", "args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "clock_res_get", "random_get");
    of("iIi:i", "clock_time_get");
    of("i:i", "fd_close", "fd_datasync", "fd_sync", "proc_raise");
    of("ii:i", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_filestat_get", "fd_prestat_get", "fd_renumber", "fd_tell");
    of("iIIi:i", "fd_advise", "fd_filestat_set_times");
    of("iII:i", "fd_allocate", "fd_fdstat_set_rights");
    of("iI:i", "fd_filestat_set_size");
    of("iiiIi:i", "fd_pread", "fd_pwrite", "fd_readdir");
    of("iii:i", "fd_prestat_dir_name", "path_create_directory", "path_remove_directory", "path_unlink_file", "sock_accept");
    of("iiii:i", "fd_read", "fd_write", "poll_oneoff");
    of("iIii:i", "fd_seek");
    of("iiiii:i", "path_filestat_get", "path_symlink", "sock_send");
    of("iiiiIIi:i", "path_filestat_set_times");
    of("iiiiiii:i", "path_link");
    of("iiiiiIIii:i", "path_open");
    of("iiiiii:i", "path_readlink", "path_rename", "sock_recv");
    of("ii:i", "sock_shutdown");
    of("i:", "proc_exit");
    of(":i", "sched_yield");
  }

  private WasiImports() {}

  /** The signature of a function, if there is such a function. */
  static Optional<String> signature(String module, String name) {
    return module.equals(MODULE) ? Optional.ofNullable(SIGNATURES.get(name)) : Optional.empty();
  }

  /** An import's name for people, without control characters and cut. */
  static String shown(String module, String name) {
    String whole = (module + "." + name).replaceAll("[^ -~]", "?");
    return whole.length() > 120 ? whole.substring(0, 120) + "..." : whole;
  }

  private static void of(String signature, String... names) {
    for (String name : names) {
      SIGNATURES.put(name, signature);
    }
  }
}
