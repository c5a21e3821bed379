using System.Globalization;
using System.Net;
using Prober;

// prober CARACAL-ID PORT PROTOCOL SOURCE DESTINATION MAX-TTL sends one probe for each TTL, encoded as caracal does.
if (args is not [var id, var port, var protocol, var source, var destination, var maxTtl])
{
    Console.Error.WriteLine("usage: prober CARACAL-ID PORT udp|icmp SOURCE DESTINATION MAX-TTL");
    return 2;
}
var probe = new CaracalProbe(ushort.Parse(id, CultureInfo.InvariantCulture), IPAddress.Parse(source), IPAddress.Parse(destination),
    ushort.Parse(port, CultureInfo.InvariantCulture), protocol == "udp");
using var socket = probe.Open();
for (byte ttl = 1; ttl <= byte.Parse(maxTtl, CultureInfo.InvariantCulture); ttl++)
    socket.SendTo(probe.Build(ttl), new IPEndPoint(probe.Destination, 0));
return 0;
