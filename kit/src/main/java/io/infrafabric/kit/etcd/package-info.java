/** The store on etcd 3.4 or later, through jetcd. The only package that imports io.etcd. */
package io.infrafabric.kit.etcd;
