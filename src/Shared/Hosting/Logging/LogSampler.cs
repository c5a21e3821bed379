namespace Shared.Hosting.Logging;

/// <summary>
/// Limits the log lines that input can provoke: so many in a window of time. It counts the rest, and reports the count after the
/// window. Safe for any thread.
/// </summary>
/// <param name="linesPerWindow">The number of lines that are written in a window.</param>
/// <param name="window">The length of a window, which begins with its first line.</param>
/// <param name="time">Measures the window.</param>
public sealed class LogSampler(int linesPerWindow, TimeSpan window, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _began;
    private int _lines;
    private long _leftOut;

    /// <summary>True: write the line. False: it is counted.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (_leftOut == 0 && (_lines == 0 || IsOver))
            {
                _began = time.GetTimestamp();
                _lines = 0;
            }
            if (_lines < linesPerWindow)
            {
                _lines++;
                return true;
            }
            _leftOut++;
            return false;
        }
    }

    /// <summary>
    /// Returns true when a window is over in which lines were left out, and begins a new window. Services call this at an interval.
    /// </summary>
    public bool TryTakeLeftOut(out long leftOut)
    {
        lock (_gate)
        {
            leftOut = _leftOut;
            if (leftOut == 0 || !IsOver)
                return false;
            _leftOut = 0;
            _lines = 0;
            return true;
        }
    }

    private bool IsOver => time.GetElapsedTime(_began) >= window;
}
