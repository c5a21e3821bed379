using System.Globalization;
using Shared.Kafka;

// The embedded broker in a process of its own, for tests that kill the collector.
// Arguments: TOPIC:PARTITIONS... The first line of the output is the address. Lines of input: "down", "up"; its end is the end.
using var broker = new EmbeddedBroker();
foreach (string argument in args)
{
    string[] parts = argument.Split(':');
    broker.CreateTopic(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
}
Console.WriteLine(broker.Bootstrap);
while (Console.ReadLine() is { } command)
{
    if (command == "down")
        broker.SetDown();
    else if (command == "up")
        broker.SetUp();
    Console.WriteLine(command);
}
