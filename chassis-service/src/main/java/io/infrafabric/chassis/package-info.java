/** chassis-service: runs the logic of swarms in a sandbox and measures what really happened. */
package io.infrafabric.chassis;
