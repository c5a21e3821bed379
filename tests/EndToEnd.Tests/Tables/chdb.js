// ClickHouse in this process. Without arguments: a query a line on standard input, as {"sql", "format"}, and its answer a line on standard
// output, as {"result"} or {"error"}. With --multiquery: all of standard input is SQL, run on the data in the folder CHDB_FOLDER, as
// clickhouse-client would run it on a server's.
const { Session } = require('chdb');

function multiquery() {
  const session = new Session(process.env.CHDB_FOLDER);
  try {
    process.stdout.write(session.query(require('fs').readFileSync(0, 'utf8'), 'TabSeparated'));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

function lines() {
  const session = new Session();
  require('readline').createInterface({ input: process.stdin }).on('line', line => {
    const { sql, format } = JSON.parse(line);
    let answer;
    try {
      answer = { result: session.query(sql, format) };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }).on('close', () => session.cleanup());
}

process.argv.includes('--multiquery') ? multiquery() : lines();
