/** What every request is checked for at the edge, before anything is looked at. */
package io.infrafabric.coordinator.request;
