using Shared.Hosting;
using Xunit;

namespace SaimirisGateway.Tests;

public class GatewayFlagsTests
{
    [Fact]
    public void An_unknown_SASL_mechanism_is_told_with_the_gateways_own_flag()
    {
        var flags = new GatewayFlags(_ => null);
        var error = Assert.Throws<UsageException>(() => flags.Read(flags.Set.Parse(["--kafka-sasl-mechanism", "GSSAPI"], TextWriter.Null, out _)!));
        Assert.StartsWith("--kafka-sasl-mechanism: 'GSSAPI' is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", error.Message, StringComparison.Ordinal);
    }
}
