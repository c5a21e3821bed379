namespace Suite.Tests.Faithful;

/// <summary>The list of known faults itself.</summary>
public class KnownFaultTests
{
    [Fact]
    public void Every_listed_name_is_that_of_a_test()
    {
        var names = CaseTables.Expected.Keys.Select(name => $"case {name}")
            .Concat(Enum.GetNames<FaultKind>().Select(name => $"streams {name}"));
        Assert.Empty(KnownFaults.Names.Where(name => !name.StartsWith("capture ", StringComparison.Ordinal)).Except(names));
    }
}
