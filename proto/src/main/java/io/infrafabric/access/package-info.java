/**
 * Who may call what: one row for each method of the contract. Only data; the doors of the services ({@code kit.grpc}) keep to it, and a
 * service with a method that has no row does not start.
 */
package io.infrafabric.access;
