using Shared.Hosting.Service;
using Shared.Tests.Delivery.Kafka;

namespace Shared.Tests.Hosting.Service;

/// <summary>Readers order records by epoch and sequence: the epoch rises with every run, whatever the clock says.</summary>
public sealed class EpochFileTests : IDisposable
{
    private const ulong Now = 1_800_000_000_000_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("epoch-").FullName;
    private readonly RecordingLog _log = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string State => Path.Combine(_folder, "state.bin.epoch");

    private string Spool => Path.Combine(_folder, "epoch");

    [Fact]
    public void The_first_run_and_one_with_a_good_clock_have_the_time_of_their_start()
    {
        Assert.Equal(Now, EpochFile.Next([State, Spool], 0, Now, _log));
        Assert.Equal(Now + 7, EpochFile.Next([State, Spool], Now, Now + 7, _log));
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_600_000_000_000)]
    public void A_clock_that_has_gone_back_does_not_lower_it(ulong back)
    {
        ulong first = EpochFile.Next([State, Spool], 0, Now, _log);
        ulong second = EpochFile.Next([State, Spool], 0, Now - back, _log);
        ulong third = EpochFile.Next([State, Spool], 0, Now - back, _log);
        Assert.Equal([first + 1, first + 2], [second, third]);
        Assert.Equal(2, _log.Count(902));
    }

    [Fact]
    public void The_highest_of_the_files_counts_and_what_is_known_from_elsewhere()
    {
        EpochFile.Next([State], 0, Now + 5, _log);
        EpochFile.Next([Spool], 0, Now + 9, _log);
        Assert.Equal(Now + 10, EpochFile.Next([State, Spool], 0, Now, _log));
        Assert.Equal(Now + 11, EpochFile.Next([State], 0, Now, _log));
        Assert.Equal(Now + 21, EpochFile.Next([State, Spool], Now + 20, Now, _log));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("soon")]
    [InlineData("18446744073709551615")]
    [InlineData("99999999999999999999999")]
    public void A_file_that_holds_no_epoch_is_said_and_written_again(string text)
    {
        File.WriteAllText(State, text);
        Assert.Equal(Now, EpochFile.Next([State], 0, Now, _log));
        Assert.Contains(State, Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
        Assert.Equal(Now + 1, EpochFile.Next([State], 0, Now, _log));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_said_and_does_not_stop_the_start()
    {
        string path = Path.Combine(_folder, "no-such-folder", "epoch");
        Assert.Equal(Now, EpochFile.Next([path], 0, Now, _log));
        Assert.Contains(path, Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }
}
