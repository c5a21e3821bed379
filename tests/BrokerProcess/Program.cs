using System.Globalization;
using BrokerProcess;
using Confluent.Kafka;
using Shared.Delivery.Kafka;

// Runs the embedded broker in a process of its own, for tests that kill the collector and for benchmarks. Arguments: TOPIC:PARTITIONS...
// The first line of the output is the address. Lines of input, each repeated when it is done: "down", "up", "delay MILLISECONDS", "fail
// APIKEY ERRORCODE...". The process ends with its input.
using var broker = new EmbeddedBroker();
foreach (string argument in args)
{
    string[] parts = argument.Split(':');
    broker.CreateTopic(parts[0], Number(parts[1]));
}
Console.WriteLine(broker.Bootstrap);
while (Console.ReadLine() is { } command)
{
    Do(command.Split(' '));
    Console.WriteLine(command);
}

void Do(string[] words)
{
    switch (words)
    {
        case ["down"]:
            broker.SetDown();
            break;
        case ["up"]:
            broker.SetUp();
            break;
        case ["delay", var milliseconds]:
            broker.SetRoundTrip(TimeSpan.FromMilliseconds(Number(milliseconds)));
            break;
        case ["fail", var apiKey, .. var codes]:
            broker.FailNext((short)Number(apiKey), [.. codes.Select(code => (ErrorCode)Number(code))]);
            break;
        default:
            throw new ArgumentException($"unknown command: {string.Join(' ', words)}");
    }
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
